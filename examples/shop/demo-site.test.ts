import { expect, test } from 'vitest'

import { DEMO_SITE, demoSite } from './demo-site.ts'

const HOME = ['http://localhost:8787', 'http://localhost:8787', 'http://127.0.0.1:8787']

test('a demo that is new gets its site, each origin once', () => {
  const site = demoSite(undefined, HOME)
  expect(site?.key).toBe(DEMO_SITE)
  expect(site?.origins).toEqual(['http://localhost:8787', 'http://127.0.0.1:8787'])
})

test('a site that is there is left alone', () => {
  const changed = { ...made(), name: 'Our own name' }
  expect(demoSite(changed, HOME)).toBeUndefined()
})

test('on another port the new origins are added and all else stays', () => {
  const changed = { ...made(), name: 'Our own name' }
  expect(demoSite(changed, ['http://localhost:9000', 'http://127.0.0.1:9000'])).toEqual({
    ...changed,
    origins: [...changed.origins, 'http://localhost:9000', 'http://127.0.0.1:9000'],
  })
})

function made() {
  const site = demoSite(undefined, HOME)
  if (!site) throw new Error('a new demo has to get a site')
  return site
}
