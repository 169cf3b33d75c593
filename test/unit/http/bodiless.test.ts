import { expect, test } from 'vitest'
import { isBodiless } from '../../../src/http/bodiless.js'

test.each([
  [200, 'GET', false],
  [200, 'HEAD', true],
  [204, 'GET', true],
  [205, 'POST', true],
  [206, 'GET', false],
  [304, 'GET', true],
  [404, 'HEAD', true],
  [500, 'POST', false],
])('%d to %s: %s', (status, method, bodiless) => {
  expect(isBodiless(status, method)).toBe(bodiless)
})
