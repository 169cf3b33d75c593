// What an operator may say of `cors`.
import * as v from 'valibot'
import { originPatternFault } from '../../origin-pattern.js'
import { checked, closed, described, duration, setting } from '../../shape.js'
import { fieldName, methodName } from '../texts.js'

/** An origin, or many by one pattern. */
export const originPattern = checked(originPatternFault)
const anything = checked((text) => (text === '*' ? undefined : 'is not "*"'))

export const cors = v.pipe(
  closed({
    origins: described(
      v.pipe(v.array(v.union([anything, originPattern])), v.minLength(1, 'needs at least one origin')),
      'Whose pages may read answers: exact origins such as "https://app.example.com", "https://*.example.com" for every host below (not the name itself), ":*" for any port, "null" for pages without an origin, or "*" for everybody. Compared part by part, never by a regular expression.',
    ),
    methods: setting(v.pipe(v.array(v.union([anything, methodName])), v.minLength(1, 'needs at least one method')), 'Methods they may use. Default: GET, HEAD, POST, PUT, PATCH, DELETE. "*" for any.'),
    headers: setting(v.array(v.union([anything, fieldName])), 'Request fields they may set, beside those that need no leave. Default: whichever they ask for. "*" for any but Authorization.'),
    exposed: setting(v.array(v.union([anything, fieldName])), 'Answer fields that their scripts may read, beside those that need no leave. Default: none.'),
    credentials: setting(v.boolean(), 'Whether their requests may carry cookies and client certificates. Default false. Hazard: each origin of the list may then act as the user; so it does not go with "*" or "null", which anybody can be.'),
    maxAge: setting(duration, 'How long a browser may remember the answer to a preflight. Default: not told, which browsers take for 5 s. Chrome remembers for 2 h at most, Firefox for 24 h.'),
    privateNetwork: setting(v.boolean(), 'Whether pages of public sites may reach this server on a private network, where a browser asks by `Access-Control-Request-Private-Network`. Default false.'),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.credentials !== true) return
    const { origins, methods = [], headers = [], exposed = [] } = dataset.value
    for (const [key, list] of Object.entries({ origins, methods, headers, exposed })) {
      const open = list.find((text) => text === '*' || (key === 'origins' && text === 'null'))
      if (open !== undefined) addIssue({ message: `"${open}" in ${key} does not go with credentials; write out who or what is meant` })
    }
  }),
)
