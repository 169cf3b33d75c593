// What requests of OTLP have in common: who tells, and attributes (OpenTelemetry protocol 1.x, JSON of protocol buffers).

/** Who tells. */
export interface OtlpResource {
  /** `service.name`. */
  readonly service: string
  /** `service.instance.id`: tells processes apart, which tell each for itself. */
  readonly instance: string
  readonly version: string
}

export const SCOPE = { name: 'fetchgate' }

export function resourceOf({ service, instance, version }: OtlpResource): object {
  return { attributes: otlpAttributes({ 'service.name': service, 'service.instance.id': instance, 'service.version': version }) }
}

/** What is undefined is left out. */
export function otlpAttributes(attributes: Readonly<Record<string, string | number | undefined>>): object[] {
  return Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } }]))
}
