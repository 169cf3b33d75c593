// What an operator may say of users and their passwords.
import * as v from 'valibot'
import { ownForm } from '../../../http/basic-credentials.js'
import { passwordHashFault } from '../../password-hash.js'
import { checked, closed, described, setting } from '../../shape.js'
import { originField } from './origin-field.js'
import { realm } from './realm.js'

const userName = checked((text) => (text === '' || text.includes(':') || ownForm(text) === undefined ? 'is not a user name: it must not be empty, nor have colons or control characters' : undefined))

export const basicAuth = closed({
  users: described(
    v.pipe(v.record(userName, checked(passwordHashFault)), v.minEntries(1, 'must have at least one user')),
    'Hashes of passwords by user name, made with `fetchgate hash`. Give all of them the same number of iterations: else the time of a refusal tells who is a user. On Workers at most 100,000 iterations.',
  ),
  realm: realm('What browsers show beside their question, and what tells one set of credentials from another there. Default "restricted".'),
  stripCredentials: setting(v.boolean(), 'Take `Authorization` off before the request goes on. Default false: servers get it, as behind nginx, Caddy and Traefik. Hazard: they see the password.'),
  userHeader: setting(originField, 'A header in which servers get the user\'s name, percent-encoded where it is not plain ASCII. What clients send by that name, in any spelling, is taken off. Default: none.'),
})
