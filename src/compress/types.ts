// Which media types are worth compressing.

/** Text in all its forms, and the few binary formats that are not compressed by themselves. */
const COMPRESSIBLE = /^(?:text\/.+|.+\+(?:json|xml|text|yaml)|application\/(?:json|javascript|x-javascript|ecmascript|xml|x-ndjson|jsonl|json-seq|graphql|yaml|x-yaml|toml|sql|rtf|wasm|vnd\.ms-fontobject)|font\/(?:ttf|otf|collection)|image\/(?:bmp|x-icon|vnd\.microsoft\.icon))$/

/** Events must not wait for one another, and most are too small to gain; the trailers of gRPC belong to its bodies. */
const NEVER = /^(?:text\/event-stream|application\/grpc.*)$/

/** Whether a Content-Type is to be compressed, by patterns such as `text/html`, `text/*` or `application/*+json` in place of those above. */
export function typeTest(patterns: readonly string[] | undefined): (contentType: string) => boolean {
  const wanted = patterns ? new RegExp(`^(?:${patterns.map(expressionOf).join('|')})$`) : COMPRESSIBLE
  return (contentType) => {
    const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
    return wanted.test(type) && !NEVER.test(type)
  }
}

function expressionOf(pattern: string): string {
  return pattern.toLowerCase().replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.+')
}
