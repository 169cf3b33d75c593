// Whether clients can show the certificates that filters ask for.
import type { CheckedConfig, Issue } from '../../src/index.js'
import { listenersOf } from './listeners.js'

/** Filters that would refuse everybody, since no listener asks for a certificate and no proxy is believed about one. */
export function unshownCertificates(config: CheckedConfig): Issue[] {
  if (listenersOf(config).some(({ settings }) => settings.tls?.clientAuth)) return []
  const lists = [{ filters: config.filters, place: 'filters' }, ...config.routes.map(({ filters }, i) => ({ filters, place: `routes[${i}].filters` }))]
  return lists.flatMap(({ filters = [], place }) =>
    filters.flatMap((filter, i) => {
      if (typeof filter === 'function' || !filter.clientCertificate || filter.clientCertificate.trustForwarded) return []
      return [{ path: `${place}[${i}].clientCertificate`, value: filter.clientCertificate, message: 'needs "tls.clientAuth" of a listener, or "trustForwarded" behind a proxy that asks for certificates; nobody could show one' }]
    }),
  )
}
