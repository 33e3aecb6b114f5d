import type { RuleId } from '../../packages/core/test/history/rule.ts'
import type { ActKind, Plan } from './plan.ts'

/** A plan that failed once, made small, and what it taught. */
export interface Pinned {
  readonly seed: number
  readonly rule: RuleId
  readonly taught: string
  readonly plan: Plan
}

type Line = readonly [at: number, kind: ActKind, ...draws: [number, number, number, number]]

const pin = (
  seed: number,
  rule: RuleId,
  taught: string,
  shape: Pick<Plan, 'browsers' | 'shared' | 'told'>,
  ...lines: readonly Line[]
): Pinned => {
  const acts = lines.map(([at, kind, ...draws]) => ({ at, kind, draws }))
  return { seed, rule, taught, plan: { seed, ...shape, acts, length: 61_000 } }
}

export const PINNED: readonly Pinned[] = [
  pin(
    4,
    'C7',
    'a page back from sleep reads the store again, also when another tab leads by now',
    { browsers: 3, shared: true, told: true },
    [27_851, 'press', 0.485, 0.54, 0.764, 0.095],
    [28_672, 'freeze', 0.591, 0.428, 0.354, 0.473],
    [59_475, 'console answers', 0.767, 0.362, 0.465, 0.701],
  ),
  pin(
    53,
    'C7',
    'a page whose storage failed shares nothing with the leader, and needs a link of its own',
    { browsers: 2, shared: false, told: true },
    [1_026, 'open tab', 0.503, 0.719, 0.901, 0.45],
    [3_723, 'press', 0.943, 0.866, 0.724, 0.372],
    [16_735, 'press', 0.802, 0.837, 0.327, 0.004],
    [17_176, 'storage moody', 0.662, 0.101, 0.958, 0.394],
    [18_345, 'press', 0.664, 0.647, 0.37, 0.066],
    [19_105, 'press many', 0.746, 0.068, 0.436, 0.174],
  ),
  pin(
    65,
    'C7',
    'a leader that was robbed in its sleep has missed what the new one told',
    { browsers: 2, shared: true, told: true },
    [4_844, 'reload tab', 0.324, 0.505, 0.823, 0.154],
    [9_072, 'freeze silently', 0.372, 0.103, 0.486, 0.632],
    [15_118, 'storage moody', 0.418, 0.34, 0.288, 0.248],
    [15_932, 'press', 0.308, 0.293, 0.697, 0.488],
    [22_347, 'press', 0.743, 0.813, 0.052, 0.895],
  ),
  pin(
    93,
    'C7',
    'a cache that was cut holds less than the leader shows: a tab that is behind asks',
    { browsers: 2, shared: false, told: true },
    [11_071, 'open tab', 0.661, 0.304, 0.225, 0.512],
    [23_649, 'press', 0.804, 0.44, 0.71, 0.302],
    [24_085, 'storage moody', 0.873, 0.41, 0.871, 0.812],
    [34_407, 'press', 0.703, 0.194, 0.309, 0.983],
    [35_081, 'freeze silently', 0.535, 0.839, 0.756, 0.963],
  ),
  pin(
    146,
    'C10',
    'a lease that a backup caught is of a process that is gone, and holds nothing up',
    { browsers: 2, shared: true, told: true },
    [6_476, 'press', 0.77, 0.648, 0.814, 0.531],
    [6_558, 'backup', 0.404, 0.831, 0.754, 0.286],
    [7_914, 'restore', 0.83, 0.09, 0.017, 0.915],
    [12_422, 'press', 0.989, 0.456, 0.499, 0.739],
  ),
  pin(
    156,
    'C8',
    'drafts that only a page still knows are kept again when the store was swept away',
    { browsers: 2, shared: false, told: false },
    [3_285, 'network down', 0.939, 0.436, 0.139, 0.939],
    [9_508, 'press', 0.908, 0.434, 0.385, 0.935],
    [20_056, 'freeze silently', 0.59, 0.974, 0.922, 0.56],
    [33_012, 'evict', 0.994, 0.961, 0.092, 0.941],
  ),
  pin(
    333,
    'C4',
    'what storage owed an answer when it failed goes first in memory',
    { browsers: 2, shared: false, told: true },
    [11_589, 'press', 0.617, 0.478, 0.126, 0.544],
    [12_718, 'storage moody', 0.802, 0.038, 0.226, 0.809],
    [18_331, 'console reads', 0.718, 0.56, 0.449, 0.892],
    [20_916, 'press', 0.735, 0.439, 0.399, 0.683],
    [22_177, 'press', 0.881, 0.461, 0.606, 0.871],
  ),
  pin(
    454,
    'C8',
    'words pressed before a page had joined the others are told to the one with the link',
    { browsers: 3, shared: false, told: true },
    [31_994, 'open tab', 0.238, 0.96, 0.636, 0.35],
    [32_027, 'press', 0.158, 0.973, 0.58, 0.956],
  ),
  pin(
    102_825,
    'C12',
    'what an old link said to whom this page was is not for whom it has become',
    { browsers: 3, shared: true, told: false },
    [4_573, 'restore', 0.189, 0.43, 0.427, 0.352],
    [9_172, 'crash', 0.443, 0.784, 0.092, 0.001],
    [26_937, 'evict', 0.659, 0.834, 0.124, 0.609],
    [28_335, 'freeze silently', 0.514, 0.866, 0.008, 0.801],
    [30_496, 'press', 0.301, 0.934, 0.082, 0.088],
  ),
  pin(
    104_033,
    'C12',
    'a page that slept through the sweep writes nothing it reads into what is somebody else’s now',
    { browsers: 2, shared: true, told: true },
    [840, 'freeze silently', 0.577, 0.943, 0.291, 0.272],
    [1_868, 'press', 0.109, 0.357, 0.844, 0.859],
    [4_140, 'evict', 0.694, 0.303, 0.198, 0.164],
  ),
  pin(
    105_575,
    'C8',
    'what only was copied from storage is not put back over what another tab has changed there',
    { browsers: 3, shared: true, told: false },
    [11_781, 'open tab', 0.477, 0.853, 0.193, 0.974],
    [20_354, 'open tab', 0.435, 0.984, 0.253, 0.283],
    [32_954, 'press too much', 0.544, 0.528, 0.283, 0.761],
    [37_151, 'storage moody', 0.546, 0.209, 0.727, 0.079],
    [38_108, 'press', 0.215, 0.188, 0.361, 0.124],
  ),
  pin(
    106_663,
    'C4',
    'a slow storage that begins to refuse: what waits goes to memory before what comes',
    { browsers: 2, shared: false, told: false },
    [9_103, 'storage moody', 0.251, 0.512, 0.259, 0.912],
    [9_528, 'press', 0.079, 0.639, 0.424, 0.217],
    [9_922, 'storage moody', 0.053, 0.111, 0.669, 0.308],
    [10_904, 'press', 0.293, 0.984, 0.162, 0.32],
  ),
  pin(
    100_785,
    'C10',
    'what came of a send is written again when the disk was full, and not left to its lease',
    { browsers: 2, shared: false, told: true },
    [3581, 'press', 0.644, 0.379, 0.509, 0.128],
    [5289, 'press', 0.401, 0.048, 0.91, 0.348],
    [6841, 'press', 0.452, 0.494, 0.551, 0.993],
    [9577, 'far side answers', 0.574, 0.3, 0.479, 0.867],
    [11730, 'press', 0.619, 0.751, 0.459, 0.283],
    [12443, 'press', 0.467, 0.128, 0.396, 0.401],
    [16572, 'press', 0.113, 0.63, 0.235, 0.507],
    [16663, 'script answers', 0.811, 0.712, 0.477, 0.876],
    [18666, 'press', 0.392, 0.745, 0.496, 0.844],
    [19165, 'press many', 0.283, 0.927, 0.693, 0.484],
    [20415, 'press many', 0.801, 0.537, 0.751, 0.404],
    [27018, 'press', 0.442, 0.398, 0.588, 0.041],
    [29338, 'press', 0.663, 0.281, 0.002, 0.818],
    [31896, 'press', 0.954, 0.015, 0.491, 0.607],
    [37302, 'console answers', 0.888, 0.401, 0.457, 0.941],
    [38929, 'press', 0.608, 0.458, 0.183, 0.001],
    [39713, 'disk full', 0.717, 0.21, 0.904, 0.554],
    [39726, 'press many', 0.389, 0.921, 0.949, 0.286],
  ),
]
