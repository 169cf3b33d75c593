import { expect, test } from 'vitest'
import { vouchedFields } from '../../../src/filter/vouched-fields.js'
import { worldOf } from '../../support/gateway.js'

test('a route that keeps odd names does not bring back twins of what a filter vouches for', async () => {
  const put = vouchedFields(['X-User'])
  const world = worldOf({
    filters: [({ fields }: { fields: readonly string[] }) => ({ kind: 'pass', fields: put(fields, ['X-User', 'eve']) })],
    routes: [{ upstream: 'app', normalization: { oddHeaders: 'keep' } }],
  })
  await world.ask('GET', '/', { fields: ['X_User', 'root', 'x-user', 'root'] })
  const sent = world.sent[0]!.fields
  expect(sent.filter((text) => /^x.user$/i.test(text))).toEqual(['X-User'])
  expect(sent).not.toContain('root')
})
