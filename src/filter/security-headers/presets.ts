// What the presets of `securityHeaders` say: after OWASP's Secure Headers Project and REST Security Cheat Sheet.
import type { FilterConfig } from '../../config/schema.js'

/** The settings written out. */
export type HeaderSettings = Exclude<NonNullable<FilterConfig['securityHeaders']>, string>

const DAY_MS = 86_400_000

const PERMISSIONS = ['accelerometer', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'hid', 'magnetometer', 'microphone', 'midi', 'payment', 'serial', 'usb'].map((device) => `${device}=()`).join(', ')

export const PRESETS: Readonly<Record<'basic' | 'strict' | 'api', HeaderSettings>> = {
  basic: {
    hsts: { maxAge: 365 * DAY_MS },
    contentTypeOptions: 'nosniff',
    referrerPolicy: 'strict-origin-when-cross-origin',
    frameOptions: 'SAMEORIGIN',
  },
  strict: {
    hsts: { maxAge: 730 * DAY_MS, includeSubDomains: true },
    contentTypeOptions: 'nosniff',
    referrerPolicy: 'no-referrer',
    permissionsPolicy: PERMISSIONS,
    frameOptions: 'DENY',
    openerPolicy: 'same-origin',
    embedderPolicy: 'require-corp',
    resourcePolicy: 'same-origin',
    contentSecurityPolicy: "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
  },
  api: {
    hsts: { maxAge: 365 * DAY_MS },
    contentTypeOptions: 'nosniff',
    referrerPolicy: 'no-referrer',
    frameOptions: 'DENY',
    resourcePolicy: 'same-origin',
    contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
  },
}
