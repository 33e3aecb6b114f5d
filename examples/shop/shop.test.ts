import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'

import { mountShop } from './shop.ts'

const PUBLIC = join(import.meta.dirname, 'public')
const PAGES = globSync('**/index.html', { cwd: PUBLIC })
  .map((file) => `/shop/${file.replace(/index\.html$/, '')}`)
  .toSorted()
const PRODUCTS = PAGES.filter((page) => page.startsWith('/shop/lamps/'))
const RELAY = 'http://localhost:8787'
const SCRIPTS = globSync('js/*.js', { cwd: PUBLIC })

const app = new Hono()
mountShop(app, () => RELAY)

const html = (page: string) =>
  readFileSync(join(PUBLIC, page.slice('/shop/'.length), 'index.html'), 'utf8')

describe('the pages', () => {
  test('are home, four lamps, cart, checkout and thanks', () => {
    expect(PAGES).toEqual([
      '/shop/',
      '/shop/cart/',
      '/shop/checkout/',
      '/shop/lamps/eleven/',
      '/shop/lamps/nine/',
      '/shop/lamps/seven/',
      '/shop/lamps/two/',
      '/shop/thank-you/',
    ])
  })

  test('/ leads to the shop', async () => {
    for (const path of ['/', '/shop']) {
      const response = await app.request(path)
      expect(response.status).toBe(302)
      expect(response.headers.get('location')).toBe('/shop/')
    }
  })

  test.each(PAGES)('%s is served, whole, under the strict policy', async (page) => {
    const response = await app.request(page)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await response.text()).toBe(html(page))
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`connect-src ${RELAY} ws://localhost:8787;`)
    expect(policy.replaceAll(RELAY, '')).not.toMatch(/unsafe|\*|https?:/)
  })

  test('what is not there is not found, and nothing outside the folder is there', async () => {
    for (const path of ['/shop/none/', '/shop/..%2fpackage.json', '/shop/%2e%2e/shop.ts']) {
      expect((await app.request(path)).status).toBe(404)
    }
  })

  test.each(PAGES)('%s installs Homing by exactly one tag', (page) => {
    const tags = html(page).match(/<script\b[^>]*\bwidget\b[^>]*>\s*<\/script>/g)
    expect(tags).toEqual(['<script async src="/widget/pk_demo.js"></script>'])
  })

  test.each(PAGES)('%s has no inline code, style or handler', (page) => {
    for (const [tag] of html(page).matchAll(/<[a-z][^>]*>/gi)) {
      expect(tag).not.toMatch(/\s(?:on[a-z]+|style)\s*=/i)
      expect(tag).not.toMatch(/javascript:/i)
      expect(tag).not.toMatch(/^<style/i)
      if (/^<script/i.test(tag)) expect(tag).toMatch(/\ssrc=|type="application\/ld\+json"/)
    }
  })

  test.each(PAGES)('%s: each address in it answers with its kind', async (page) => {
    for (const address of addressesOf(html(page))) {
      const response = await app.request(address)
      expect(response.status, address).toBe(200)
      expect(response.headers.get('content-type'), address).toMatch(kindOf(address))
      const [, anchor] = address.split('#')
      if (anchor) expect(await response.text(), address).toContain(`id="${anchor}"`)
    }
  })

  test.each(PAGES)('%s loads nothing from elsewhere', (page) => {
    expect(html(page)).not.toMatch(/\b(?:src|href)="(?:https?:)?\/\//)
  })

  test.each(PAGES)('%s has the same head line and foot as home', (page) => {
    for (const part of ['header', 'footer']) {
      const cut = new RegExp(`<${part}\\b[\\s\\S]*?</${part}>`)
      expect(cut.exec(html(page))?.[0]).toBe(cut.exec(html('/shop/'))?.[0])
    }
  })

  test.each(PAGES)('%s says what it is to search engines and to links that are shared', (page) => {
    const text = html(page)
    for (const name of ['og:title', 'og:type', 'og:description', 'og:url', 'og:image']) {
      expect(text).toMatch(new RegExp(`property="${name}"\\s+content="[^"]+"`))
    }
    const listed = text.includes(`<link rel="canonical" href="${page}" />`)
    expect(listed).not.toBe(text.includes('<meta name="robots" content="noindex" />'))
  })
})

describe('what a shop tells of itself', () => {
  interface Product {
    readonly '@type': string
    readonly name: string
    readonly sku: string
    readonly offers: Readonly<Record<string, string>>
  }
  const productOf = (page: string): Product => {
    const [, data = ''] =
      /<script type="application\/ld\+json">([\s\S]*?)<\/script>/.exec(html(page)) ?? []
    return JSON.parse(data)
  }

  test.each(PRODUCTS)('%s: JSON-LD has a Product with its offer', (page) => {
    const product = productOf(page)
    expect(product).toMatchObject({ '@context': 'https://schema.org', '@type': 'Product' })
    expect(product.offers).toMatchObject({ '@type': 'Offer', priceCurrency: 'EUR', url: page })
    expect(product.offers['price']).toMatch(/^\d+\.\d\d$/)
    expect(product.offers['availability']).toMatch(
      /^https:\/\/schema\.org\/(?:InStock|LimitedAvailability)$/,
    )
  })

  test.each(PRODUCTS)('%s: page, JSON-LD, meta and cart name one price', (page) => {
    const { sku, offers } = productOf(page)
    const price = Number(offers['price'])
    const catalogue = readFileSync(join(PUBLIC, 'js/catalogue.js'), 'utf8')
    expect(catalogue).toMatch(new RegExp(`sku: '${sku}'.*price: ${price},`))
    expect(html(page)).toMatch(new RegExp(`class="big-price">€${price} `))
    expect(html(page)).toContain(`property="product:price:amount" content="${offers['price']}"`)
  })

  test("GA4's events of a purchase are all pushed, each after a clear", () => {
    const code = SCRIPTS.map((file) => readFileSync(join(PUBLIC, file), 'utf8')).join('\n')
    for (const event of ['view_item', 'add_to_cart', 'view_cart', 'begin_checkout', 'purchase']) {
      expect(code).toContain(`'${event}'`)
    }
    expect(code).toMatch(/layer\.push\(\{ ecommerce: null \}\)\s+layer\.push\(\{ event, ecommerce:/)
  })
})

/** Everything of this origin that the page points at, but for what the relay itself serves. */
function addressesOf(page: string): Set<string> {
  const found = [...page.matchAll(/\s(?:href|src)="([^"]+)"/g)].map(([, address = '']) =>
    address.startsWith('#') ? `/shop/${address}` : address,
  )
  return new Set(
    found.filter((address) => !/^mailto:|^\/widget\//.test(address) && address !== '/shop/#main'),
  )
}

function kindOf(address: string): RegExp {
  const [path = ''] = address.split('#')
  if (path.endsWith('.js')) return /^text\/javascript/
  if (path.endsWith('.css')) return /^text\/css/
  if (path.endsWith('.svg')) return /^image\/svg\+xml/
  return /^text\/html/
}
