// HTTP-date, read strictly: three formats, fixed widths, GMT only (RFC 9110 §5.6.7).

const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)'
const LONG_DAY = '(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)'
const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec'
const TIME = '(\\d{2}):(\\d{2}):(\\d{2})'

const IMF_FIXDATE = new RegExp(`^${DAY}, (\\d{2}) (${MONTHS}) (\\d{4}) ${TIME} gmt$`, 'i')
const RFC850 = new RegExp(`^${LONG_DAY}, (\\d{2})-(${MONTHS})-(\\d{2}) ${TIME} gmt$`, 'i')
const ASCTIME = new RegExp(`^${DAY} (${MONTHS}) (\\d{2}| \\d) ${TIME} (\\d{4})$`, 'i')

/** How far ahead a year of two digits may lie before it means the century before. */
const CENTURY_HORIZON_YEARS = 50

/**
 * Milliseconds since 1970, or undefined for anything that is no HTTP-date. `Date.parse` takes far more than the grammar
 * allows, and other zones with it; whoever takes those disagrees with the next cache about freshness. Letter case is
 * ignored. `nowMs` decides the century of a year of two digits.
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  let match = IMF_FIXDATE.exec(text)
  if (match) return instant(Number(match[3]), match[2]!, match[1]!, match, 4)
  match = RFC850.exec(text)
  if (match) {
    const thisYear = new Date(nowMs).getUTCFullYear()
    const year = thisYear - (thisYear % 100) + Number(match[3])
    return instant(year > thisYear + CENTURY_HORIZON_YEARS ? year - 100 : year, match[2]!, match[1]!, match, 4)
  }
  match = ASCTIME.exec(text)
  return match ? instant(Number(match[6]), match[1]!, match[2]!, match, 3) : undefined
}

/** As IMF-fixdate, the one format that may be generated. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString()
}

function instant(year: number, monthName: string, dayText: string, match: RegExpExecArray, timeAt: number): number | undefined {
  const month = MONTHS.split('|').indexOf(monthName.toLowerCase())
  const day = Number(dayText)
  const [hours, minutes, seconds] = [Number(match[timeAt]), Number(match[timeAt + 1]), Number(match[timeAt + 2])]
  const ms = Date.UTC(year, month, day, hours, minutes, seconds)
  // A day that the month has not would silently become one of the next; 60 is a leap second.
  return hours < 24 && minutes < 60 && seconds <= 60 && new Date(Date.UTC(year, month, day)).getUTCDate() === day ? ms : undefined
}
