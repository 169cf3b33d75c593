// What an operator may say of `waf`.
import * as v from 'valibot'
import { checked, closed, described, setting } from '../../shape.js'
import { whole } from '../numbers.js'

const path = checked((text) => (text.trim() === '' ? 'is empty' : undefined))

export const waf = closed({
  rules: described(v.pipe(v.array(path), v.minLength(1, 'needs at least one file')), 'Rule files in SecLang, in the order in which they are read: paths, and patterns with `*` in the last part, whose files come in the order of their names. For the OWASP Core Rule Set: `["crs/crs-setup.conf", "crs/rules/*.conf"]`. Data files are looked for beside the rule file that names them.'),
  mode: setting(v.picklist(['block', 'detect']), 'Whether what rules deny is refused, or only told in the logs. Default "block". Begin with "detect", and read the audit log.'),
  paranoia: setting(whole(1, 4), 'Paranoia level of the Core Rule Set: higher levels find more, and refuse more that is harmless. Default: as its own files say, which is 1.'),
  inboundThreshold: setting(whole(1, 10_000), 'Anomaly score from which a request is refused. Default: as the files say, which is 5: one critical match.'),
  outboundThreshold: setting(whole(1, 10_000), 'Anomaly score from which an answer is refused. Default: as the files say, which is 4.'),
  exclude: setting(
    v.array(
      closed({
        rule: described(v.union([whole(1, 999_999_999), path]), 'A rule by its id, several as "942100-942199", or all of a tag, such as "attack-sqli".'),
        where: setting(path, 'The part that these rules do not look at: "arg:q", "cookie:session", "header:referer", "json:a.b", "file:photo", "path", "query", "body"; a kind without a name stands for all of it. Absent: the rules are left out.'),
      }),
    ),
    'What rules do without on this route, for what is harmless here.',
  ),
  audit: setting(path, 'File to which a line of JSON is written for each request: which rules matched, where, and what became of it. Hazard: it holds parts of what clients send.'),
})
