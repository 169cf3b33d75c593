// Reading the token of HTTP's Bearer scheme (RFC 6750 §2.1).

/** The token in the value of an `Authorization` field; undefined when it holds none, or several. */
export function bearerToken(value: string): string | undefined {
  return /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(value)?.[1]
}
