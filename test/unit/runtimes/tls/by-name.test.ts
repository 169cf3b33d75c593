import { expect, test } from 'vitest'
import { ByName } from '../../../../runtimes/tls/by-name.js'

const shown = new ByName([
  { name: 'default', hosts: ['main.test', '*.Wild.test'] },
  { name: 'exact', hosts: ['app.wild.test', 'main.test'] },
  { name: 'deep', hosts: ['*.deep.wild.test', '*.wild.test'] },
])

test.each<[string | undefined, string, string]>([
  ['main.test', 'default', 'of two for one name the first'],
  ['APP.wild.test', 'exact', 'exact before wildcard, case does not count'],
  ['app.wild.test.', 'exact', 'a dot at the end does not count'],
  ['other.wild.test', 'default', 'the first wildcard'],
  ['a.deep.wild.test', 'deep', 'a longer wildcard'],
  ['a.b.wild.test', 'default', 'a star is one label, so this is for nobody'],
  ['wild.test', 'default', 'a wildcard is not for its domain'],
  ['.wild.test', 'default', 'an empty label'],
  ['test', 'default', 'no dot'],
  ['', 'default', 'no name'],
  [undefined, 'default', 'no name'],
])('%s is shown %s: %s', (asked, name) => {
  expect(shown.of(asked).name).toBe(name)
})

test('a name that no wildcard is for gets the first, even where another one has a wildcard beside it', () => {
  expect(new ByName([{ name: 'a', hosts: [] }, { name: 'b', hosts: ['*.x.test'] }]).of('y.z.x.test').name).toBe('a')
})
