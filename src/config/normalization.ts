// Normalisation profiles: what becomes of each oddity of a path or of header names where no setting says otherwise.

/** What an operator may say of each oddity. */
export interface Normalization {
  readonly dotSegments: 'resolve' | 'reject'
  readonly repeatedSlashes: 'keep' | 'merge' | 'reject'
  readonly encodedSlashes: 'keep' | 'literal' | 'reject'
  readonly encodedBackslashes: 'keep' | 'literal' | 'reject'
  readonly doubleEncoding: 'keep' | 'literal' | 'reject'
  readonly parameters: 'keep' | 'literal' | 'reject'
  readonly oddHeaders: 'drop' | 'keep' | 'reject' | readonly string[]
}

/**
 * The profiles by name, the newest last. A profile is never changed once it is released, and neither is what the code
 * makes of its words: whoever names one has the same paths refused, routed and sent after an upgrade as before.
 */
export const PROFILES = {
  '2026-11': {
    dotSegments: 'resolve',
    repeatedSlashes: 'keep',
    encodedSlashes: 'keep',
    encodedBackslashes: 'keep',
    doubleEncoding: 'keep',
    parameters: 'keep',
    oddHeaders: 'drop',
  },
} as const satisfies Readonly<Record<string, Normalization>>

export type ProfileName = keyof typeof PROFILES

export const NEWEST_PROFILE: ProfileName = '2026-11'
