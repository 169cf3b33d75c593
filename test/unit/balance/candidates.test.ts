import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { selectCandidates, type Member, type Selection, type SelectionOptions } from '../../../src/balance/candidates.js'
import { warmPart } from '../../../src/balance/slow-start.js'
import { elsewhereFactor } from '../../../src/balance/zone.js'
import { type Settings, targetAt } from '../../support/balance.js'

type Given = Partial<Omit<Member, 'target'>> & { readonly target?: Settings }

const membersOf = (...given: Given[]): Member[] =>
  given.map(({ target, ...rest }, n) => ({ target: targetAt(n, target), load: { inFlight: 0, latency: undefined }, health: 'healthy', draining: false, ...rest }))
const select = (members: readonly Member[], options: SelectionOptions = {}, nowMs = 1000): Selection => selectCandidates(members, options, nowMs)
const weightsOf = (selection: Selection): number[] => selection.roles.map(({ weight }) => Math.round(weight * 1000) / 1000)
const rolesOf = (selection: Selection): string[] => selection.roles.map(({ role }) => role)
const namesOf = (candidates: Selection['candidates'], members: readonly Member[]): number[] => candidates.map(({ target }) => members.findIndex((member) => member.target === target))

const down: Given = { health: 'unhealthy' }
const backup: Given = { target: { backup: true } }

describe('health', () => {
  test.each<[string, Given[], SelectionOptions, string[]]>([
    ['all are well', [{}, {}], {}, ['picked', 'picked']],
    ['some are not', [{}, down, { health: 'ejected' }, {}], {}, ['picked', 'unhealthy', 'ejected', 'picked']],
    ['half-open targets are tried', [{}, { health: 'half-open' }], {}, ['picked', 'half-open']],
    ['just half are well', [{}, down], {}, ['picked', 'unhealthy']],
    ['fewer than half are well', [{}, down, down], {}, ['panic', 'panic', 'panic']],
    ['fewer than half are well, but enough for the operator', [{}, down, down], { panicPercent: 30 }, ['picked', 'unhealthy', 'unhealthy']],
    ['panic is off', [{}, down, down, down], { panicPercent: 0 }, ['picked', 'unhealthy', 'unhealthy', 'unhealthy']],
    ['nobody is well, and panic is off', [down, down], { panicPercent: 0 }, ['panic', 'panic']],
    ['those that come back are not yet counted', [{}, { health: 'half-open' }, { health: 'half-open' }], {}, ['panic', 'panic', 'panic']],
    ['one alone is down', [down], {}, ['panic']],
    ['drained targets do not count among those that are down', [{}, { ...down, draining: true }, { ...down, draining: true }], {}, ['picked', 'draining', 'draining']],
    ['draining outlasts a panic', [down, { draining: true }, down], {}, ['panic', 'draining', 'panic']],
    ['no weight is no traffic, also in a panic', [down, { target: { weight: 0 } }], {}, ['panic', 'no-weight']],
    ['all are drained', [{ draining: true }, { draining: true }], {}, ['draining', 'draining']],
  ])('%s', (_, given, options, roles) => {
    expect(rolesOf(select(membersOf(...given), options))).toEqual(roles)
  })

  test('a half-open target gets a tenth of its weight, in a panic all of it', () => {
    expect(weightsOf(select(membersOf({}, { health: 'half-open', target: { weight: 4 } })))).toEqual([1, 0.4])
    expect(weightsOf(select(membersOf(down, down, { health: 'half-open' })))).toEqual([1, 1, 1])
  })

  test('a weight that was set at run time takes the place of the configured one', () => {
    expect(weightsOf(select(membersOf({ weight: 3 }, { target: { weight: 5 }, weight: 0 }, { target: { weight: 5 } })))).toEqual([3, 0, 5])
  })

  test('nobody and an empty pool are no panic', () => {
    expect(select([])).toEqual({ candidates: [], reserve: [], leaving: [], roles: [], panic: false, averageWeight: 1, warming: false })
    expect(select(membersOf({ draining: true })).panic).toBe(false)
  })
})

describe('backups', () => {
  test.each<[string, Given[], string[]]>([
    ['stand by while the others are well', [{}, {}, backup], ['picked', 'picked', 'standby']],
    ['stand by while at least half of the others are well', [{}, down, backup], ['picked', 'unhealthy', 'standby']],
    ['serve when nobody else is well', [down, down, backup, backup], ['unhealthy', 'unhealthy', 'picked', 'picked']],
    ['join those few that are well, rather than that those that are down get traffic', [{}, down, down, backup], ['picked', 'unhealthy', 'unhealthy', 'picked']],
    ['that are down as well make it a panic of all', [down, down, { ...down, ...backup }], ['panic', 'panic', 'panic']],
    ['help until those that come back are well', [{ health: 'half-open' }, down, backup], ['half-open', 'unhealthy', 'picked']],
    ['alone are a pool', [backup], ['picked']],
    ['serve when all others are drained', [{ draining: true }, backup], ['draining', 'picked']],
  ])('%s', (_, given, roles) => {
    expect(rolesOf(select(membersOf(...given)))).toEqual(roles)
  })

  test('that stand by and are well are in reserve', () => {
    const members = membersOf({}, backup, { ...backup, ...down }, backup)
    expect(namesOf(select(members).reserve, members)).toEqual([1, 3])
  })
})

describe('subsets', () => {
  const members = membersOf({ target: { labels: { version: 'v1' } } }, { target: { labels: { version: 'v2', tier: 'a' } } }, {})

  test.each<[string, SelectionOptions['subset'], string[]]>([
    ['one label', { labels: { version: 'v1' }, otherwise: 'none' }, ['picked', 'other-subset', 'other-subset']],
    ['two labels', { labels: { version: 'v2', tier: 'a' }, otherwise: 'none' }, ['other-subset', 'picked', 'other-subset']],
    ['no label', { labels: {}, otherwise: 'none' }, ['picked', 'picked', 'picked']],
    ['one that nobody has, and then nobody', { labels: { version: 'v3' }, otherwise: 'none' }, ['other-subset', 'other-subset', 'other-subset']],
    ['one that nobody has, and then anybody', { labels: { version: 'v3' }, otherwise: 'any' }, ['picked', 'picked', 'picked']],
    ['a name that every object has', { labels: { constructor: 'x' }, otherwise: 'none' }, ['other-subset', 'other-subset', 'other-subset']],
  ])('%s', (_, subset, roles) => {
    expect(rolesOf(select(members, { subset }))).toEqual(roles)
  })

  test('a subset that is down has a panic of its own', () => {
    const some = membersOf({ target: { labels: { v: '1' } }, ...down }, {}, {})
    expect(rolesOf(select(some, { subset: { labels: { v: '1' }, otherwise: 'any' } }))).toEqual(['panic', 'other-subset', 'other-subset'])
  })
})

describe('zones', () => {
  const here: Given = { target: { zone: 'a' } }
  const there: Given = { target: { zone: 'b' } }
  const nowhere: Given = {}

  test('traffic stays in the own zone while it is well, and the others are in reserve', () => {
    const members = membersOf(here, there, here, nowhere)
    const selection = select(members, { zone: 'a' })
    expect(rolesOf(selection)).toEqual(['picked', 'other-zone', 'picked', 'other-zone'])
    expect(namesOf(selection.reserve, members)).toEqual([1, 3])
    expect(selection.reserve.map(({ weight }) => weight)).toEqual([1, 1])
  })

  test('as much goes elsewhere as the own zone lacks, by the weights of those who get it', () => {
    // Half of the own zone is available: 1.4 × 50 % = 70 % stays.
    const members = membersOf(here, { ...here, ...down }, there, { target: { zone: 'c', weight: 2 } })
    const weights = weightsOf(select(members, { zone: 'a' }))
    const total = weights.reduce((a, b) => a + b, 0)
    expect(weights[0]! / total).toBeCloseTo(0.7, 2)
    expect(weights[3]! / weights[2]!).toBeCloseTo(2, 2)
    expect(rolesOf(select(members, { zone: 'a' }))).toEqual(['picked', 'unhealthy', 'picked', 'picked'])
  })

  test.each<[string, Given[], string | undefined]>([
    ['nobody is in the own zone', [there, there, nowhere], 'a'],
    ['everybody is in the own zone', [here, here], 'a'],
    ['the gateway has no zone', [here, there, nowhere], undefined],
    ['nobody in the own zone is well', [{ ...here, ...down }, there, there], 'a'],
  ])('nothing changes when %s', (_, given, zone) => {
    const members = membersOf(...given)
    expect(weightsOf(select(members, { zone }))).toEqual(members.map(({ health }) => (health === 'healthy' ? 1 : 0)))
  })

  test('a panic knows no zones', () => {
    expect(weightsOf(select(membersOf(here, { ...there, ...down }, { ...here, ...down }), { zone: 'a' }))).toEqual([1, 1, 1])
  })

  test('a zone that warms up keeps what it can carry', () => {
    const weights = weightsOf(select(membersOf({ ...here, sinceMs: 1000 }, there), { zone: 'a', slowStartMs: 30_000 }, 1000))
    expect(weights[0]! / (weights[0]! + weights[1]!)).toBeCloseTo(0.14, 2)
  })
})

describe('elsewhereFactor', () => {
  test('what stays is never more than is expected of the zone, and no other zone is asked without need', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 1000 }), (ownAvailable, ownDown, other) => {
        const factor = elsewhereFactor(ownAvailable, ownAvailable + ownDown, other)
        const staying = ownAvailable / (ownAvailable + factor * other)
        expect(staying).toBeCloseTo(Math.min(1, (1.4 * ownAvailable) / (ownAvailable + ownDown)), 9)
      }),
    )
  })
})

describe('slow start', () => {
  test.each([
    [undefined, 1000, 1],
    [1000, 1000, 0.1],
    [1000, 2500, 0.1],
    [1000, 16_000, 0.5],
    [1000, 31_000, 1],
    [1000, 900_000, 1],
    [5000, 1000, 1],
  ])('since %s, at %s: %s of the weight', (sinceMs, nowMs, part) => {
    expect(warmPart(sinceMs, nowMs, 30_000)).toBe(part)
  })

  test('it is off unless it is asked for', () => {
    expect(weightsOf(select(membersOf({ sinceMs: 1000 })))).toEqual([1])
  })

  test('tells that time will change the weights, until it does not', () => {
    const members = membersOf({}, { sinceMs: 1000, target: { weight: 4 } })
    const options = { slowStartMs: 30_000 }
    const early = select(members, options, 16_000)
    expect([weightsOf(early), rolesOf(early), early.warming]).toEqual([[1, 2], ['picked', 'warming'], true])
    const late = select(members, options, 31_000)
    expect([weightsOf(late), rolesOf(late), late.warming]).toEqual([[1, 4], ['picked', 'picked'], false])
  })
})

describe('leaving', () => {
  test('who drains and is well keeps its sessions', () => {
    const members = membersOf({}, { draining: true }, { draining: true, ...down })
    expect(namesOf(select(members).leaving, members)).toEqual([1])
  })
})

describe('always', () => {
  const health = fc.constantFrom<Member['health']>('healthy', 'half-open', 'unhealthy', 'ejected')
  const member = fc.record({ health, draining: fc.boolean(), weight: fc.constantFrom(0, 1, 2, 256), backup: fc.boolean(), zone: fc.constantFrom('a', 'b', undefined), sinceMs: fc.option(fc.nat(60_000), { nil: undefined }) })
  const members = fc.array(member, { maxLength: 12, size: 'max' }).map((items) => membersOf(...items.map(({ weight, backup: isBackup, zone, ...rest }) => ({ ...rest, target: { weight, backup: isBackup, zone } }))))
  const options = fc.record({ zone: fc.constantFrom('a', 'c', undefined), panicPercent: fc.constantFrom(undefined, 0, 50, 100), slowStartMs: fc.constantFrom(undefined, 30_000) })

  test('there is a candidate as long as one target has weight and is not draining', () => {
    fc.assert(
      fc.property(members, options, fc.nat(100_000), (given, settings, nowMs) => {
        const usable = given.filter(({ draining, target }) => !draining && target.weight > 0)
        expect(select(given, settings, nowMs).candidates.length > 0).toBe(usable.length > 0)
      }),
    )
  })

  test('candidates have weight, and are those whose role says so; nobody is both a candidate and in reserve', () => {
    fc.assert(
      fc.property(members, options, fc.nat(100_000), (given, settings, nowMs) => {
        const { candidates, reserve, leaving, roles } = select(given, settings, nowMs)
        expect(candidates.map(({ target, weight }) => ({ target, weight }))).toEqual(roles.filter(({ weight }) => weight > 0).map(({ target, weight }) => ({ target, weight })))
        expect(candidates.every(({ weight }) => weight > 0 && Number.isFinite(weight))).toBe(true)
        const all = [...candidates, ...reserve, ...leaving].map(({ target }) => target)
        expect(new Set(all).size).toBe(all.length)
        expect(roles.map(({ target }) => target)).toEqual(given.map(({ target }) => target))
      }),
    )
  })

  test('the unwell are asked in a panic only, and a panic asks everybody', () => {
    fc.assert(
      fc.property(members, options, (given, settings) => {
        const { candidates, panic } = select(given, settings)
        const unwell = candidates.filter(({ target }) => ['unhealthy', 'ejected'].includes(given.find((one) => one.target === target)!.health))
        if (panic) expect(candidates.length).toBe(given.filter(({ draining, target }) => !draining && target.weight > 0).length)
        else expect(unwell).toEqual([])
      }),
    )
  })
})
