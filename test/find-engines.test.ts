import { expect, it } from 'vitest'

import { findEngines } from './browsers/find.ts'

it('says what to install where there is no browser', () => {
  const found = findEngines({ PATH: '/nowhere' })
  expect(found.map((each) => (each.state === 'missing' ? each.name : each.engine.name))).toEqual([
    'chromium',
    'firefox',
    'webkit',
  ])
  for (const each of found) {
    if (each.state === 'missing') expect(each.reason).toMatch(/not found: apt-get install /)
  }
})

it('takes the browser that CHROME and FIREFOX name', () => {
  const found = findEngines({ PATH: '/nowhere', CHROME: '/opt/c', FIREFOX: '/opt/f' })
  expect(found.slice(0, 2).map((each) => each.state)).toEqual(['found', 'found'])
})
