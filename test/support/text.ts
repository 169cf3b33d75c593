// Texts of any characters at all, half surrogate pairs among them.
import fc from 'fast-check'

/** Plain, of one byte and any other in equal parts. Not the unit `binary` of fast-check, which takes a second to set up and has whole characters only. */
export const anyText = (maxLength = 20): fc.Arbitrary<string> => fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xff), fc.nat(0x10ffff)), { maxLength, size: 'max' }).map((codes) => String.fromCodePoint(...codes))
