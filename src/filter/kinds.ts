// The filters there are, by the name of their setting.
import type { FilterConfig } from '../config/schema.js'
import { allowRule, denyRule } from './access/rule.js'
import { limitsRule } from './limits/rule.js'
import { corsRule } from './cors/rule.js'
import { csrfRule } from './csrf/rule.js'
import { securityHeadersRule } from './security-headers/rule.js'
import { basicAuthRule } from './basic-auth/stage.js'
import { apiKeyRule } from './api-key/stage.js'
import { jwtRule } from './jwt/stage.js'
import { loginRule } from './login/stage.js'
import { clientCertificateRule } from './client-certificate/stage.js'
import { forwardAuthRule } from './forward-auth/stage.js'
import { rateLimitRule } from './rate-limit/stage.js'
import { concurrencyRule } from './concurrency/rule.js'
import { challengeRule } from './challenge/stage.js'
import { crawlersRule } from './crawlers/rule.js'
import { wafRule } from './waf/stage.js'
import type { Rule } from './verdict.js'
import type { RuleWorld } from './world.js'

/** Makes the rule of a filter from its settings. */
export type RuleMaker<C> = (config: C, world: RuleWorld) => Rule

/** Makers by the name of the setting. What is absent cannot be configured. */
export type Kinds = { readonly [K in keyof FilterConfig]?: RuleMaker<NonNullable<FilterConfig[K]>> }

/** All of them. */
export const ALL_KINDS: Kinds = {
  allow: allowRule,
  deny: denyRule,
  limits: limitsRule,
  cors: corsRule,
  csrf: csrfRule,
  securityHeaders: securityHeadersRule,
  basicAuth: basicAuthRule,
  apiKey: apiKeyRule,
  jwt: jwtRule,
  login: loginRule,
  clientCertificate: clientCertificateRule,
  forwardAuth: forwardAuthRule,
  rateLimit: rateLimitRule,
  concurrency: concurrencyRule,
  challenge: challengeRule,
  crawlers: crawlersRule,
  waf: wafRule,
}
