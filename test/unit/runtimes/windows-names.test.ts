import { expect, test } from 'vitest'
import { isReadOtherwise } from '../../../runtimes/shared/windows-names.js'

test.each(['/CON', '/a/nul.txt', '/com1', '/LPT9.log', '/a.txt::$DATA', '/C:', '/GIT~1/config', '/a.txt.', '/a.txt ', '/aux .txt', '/a|b'])('%s is read otherwise by Windows', (path) => {
  expect(isReadOtherwise(path)).toBe(true)
})

test.each(['/index.html', '/console.js', '/com10', '/a~b', '/.well-known/x', '/a b.txt', '/nullable/auxiliary.css'])('%s is not', (path) => {
  expect(isReadOtherwise(path)).toBe(false)
})
