import { seededRandom } from '../../packages/core/test/seeded-random.ts'

/**
 * What happens in a run, made from its seed before it begins: people who write and read, and
 * faults. Each act brings its own draws, so that leaving one out changes none of the others.
 */
export interface Plan {
  readonly seed: number
  readonly browsers: number
  /** The second browser is the first one's visitor, on another device. */
  readonly shared: boolean
  /** The browsers are told when the network is back, as most are. */
  readonly told: boolean
  readonly acts: readonly Act[]
  /** When the faults end, ms. */
  readonly length: number
}

export interface Act {
  readonly at: number
  readonly kind: ActKind
  /** Picks browser, tab, strength … in [0, 1). */
  readonly draws: readonly [number, number, number, number]
}

/** How often each kind comes, against the others. */
const PEOPLE = {
  press: 30,
  'press many': 2,
  'press too much': 1,
  'console answers': 5,
  'script answers': 4,
  'far side answers': 5,
  read: 5,
  'console reads': 3,
} as const

const FAULTS = {
  // Pages.
  'open tab': 4,
  'close tab': 2,
  'kill tab': 2,
  'reload tab': 4,
  'kill browser': 1,
  freeze: 3,
  'freeze silently': 3,
  thaw: 4,
  wake: 2,
  hide: 2,
  'set clock': 2,
  // Lines.
  'network down': 4,
  'network up': 4,
  cut: 4,
  swallow: 3,
  slow: 2,
  'upgrades refused': 2,
  'upgrades useless': 2,
  'requests fail': 3,
  // The relay.
  crash: 2,
  drain: 1,
  backup: 2,
  restore: 1,
  'disk full': 1,
  'hints lost': 1,
  'set host clock': 1,
  // Browsers' storage.
  evict: 1,
  'storage moody': 3,
  'storage fine': 2,
  // Far sides.
  'far side moody': 3,
  'far side fine': 2,
} as const

export type ActKind = keyof typeof PEOPLE | keyof typeof FAULTS

export const isFault = (kind: ActKind): boolean => kind in FAULTS

const LENGTH_MS = 40_000

export function planOf(seed: number): Plan {
  const random = seededRandom(seed)
  const weights = Object.entries({ ...PEOPLE, ...FAULTS }) as [ActKind, number][]
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  const pick = (): ActKind => {
    let at = random() * total
    for (const [kind, weight] of weights) {
      at -= weight
      if (at < 0) return kind
    }
    return 'press'
  }
  const browsers = random() < 0.6 ? 2 : 3
  const shared = random() < 0.4
  const told = random() < 0.7
  const count = 30 + Math.floor(random() * 30)
  const acts = Array.from({ length: count }, (): Act => {
    const at = 500 + Math.floor(random() * LENGTH_MS)
    return { at, kind: pick(), draws: [random(), random(), random(), random()] }
  }).sort((a, b) => a.at - b.at)
  return { seed, browsers, shared, told, acts, length: LENGTH_MS + 1_000 }
}
