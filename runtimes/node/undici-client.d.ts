// undici's client in a file of its own: the whole of undici, with a fetch that nobody here calls, takes longer to load than the gateway.
declare module 'undici/lib/dispatcher/client.js' {
  export { Client as default } from 'undici'
}
