// What an operator may say of the access log.
import * as v from 'valibot'
import { closed, setting } from '../shape.js'

/** The access log. */
export const accessLog = closed({
  format: setting(
    v.picklist(['json', 'combined']),
    'How a line is written. Default "json": one object to a line, with the server that answered, the attempts, what the cache said and the error. "combined": the format of that name of Apache and nginx.',
  ),
  to: setting(
    v.pipe(v.string(), v.minLength(1, 'needs "stdout", "stderr" or the path of a file')),
    'Where lines go: "stdout" (default), "stderr", or the path of a file, to which they are added. SIGUSR2 has the command line open the file anew, for log rotation. On Workers "stdout" only, which is the platform\'s log.',
  ),
  redact: setting(
    v.array(v.string()),
    'Parameters of the query whose values are written as "redacted", in the target and in `Referer`; case does not count. Replaces the default: access_token, api_key, apikey, auth, client_secret, code, id_token, jwt, key, password, passwd, pwd, refresh_token, secret, session, sig, signature, token, x-amz-credential, x-amz-security-token, x-amz-signature. Hazard: an empty list writes secrets down. `Authorization` and `Cookie` are never written.',
  ),
})
