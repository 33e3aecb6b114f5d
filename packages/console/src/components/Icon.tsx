/** Line icons on a 20 px grid. Always beside a text or on a control with a label of its own. */
const PATHS = {
  inbox:
    'M3.5 11.5 5.6 5.2A1.8 1.8 0 0 1 7.3 4h5.4a1.8 1.8 0 0 1 1.7 1.2l2.1 6.3M3.5 11.5v3A1.5 1.5 0 0 0 5 16h10a1.5 1.5 0 0 0 1.5-1.5v-3M3.5 11.5h3.3c.3 0 .6.2.7.5l.3.7c.1.3.4.5.7.5h3c.3 0 .6-.2.7-.5l.3-.7c.1-.3.4-.5.7-.5h3.3',
  deliveries: 'M16.5 3.5 9 11m7.5-7.5-4.6 13-2.9-5.5-5.5-2.9z',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13.2 13.2l3.3 3.3',
  close: 'm5.5 5.5 9 9m0-9-9 9',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  down: 'M10 4.5v11m-4.5-4.5 4.5 4.5 4.5-4.5',
  chevron: 'm6 8 4 4 4-4',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  reopen: 'M4 10a6 6 0 1 0 2-4.5M4 3.5v3.3h3.3',
  details:
    'M4.5 4h11A1.5 1.5 0 0 1 17 5.5v9a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5v-9A1.5 1.5 0 0 1 4.5 4ZM12 4v12',
  send: 'M10 15.5v-11m-4.5 4.5L10 4.5 14.5 9',
  alert: 'M10 6.5v4m0 2.8v.1M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z',
  replay: 'M16 10a6 6 0 1 1-2-4.5M16 3.5v3.3h-3.3',
  out: 'M12.5 6V4.5A1.5 1.5 0 0 0 11 3H5.5A1.5 1.5 0 0 0 4 4.5v11A1.5 1.5 0 0 0 5.5 17H11a1.5 1.5 0 0 0 1.5-1.5V14M8.5 10h8m-2.5-2.5 2.5 2.5-2.5 2.5',
  person: 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4.5 16.5c.5-2.6 2.7-4 5.5-4s5 1.4 5.5 4',
  link: 'M8 5H5.5A1.5 1.5 0 0 0 4 6.5v8A1.5 1.5 0 0 0 5.5 16h8a1.5 1.5 0 0 0 1.5-1.5V12M11.5 4H16v4.5M16 4 9.5 10.5',
  eye: 'M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5ZM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z',
  keyboard:
    'M4 5.5h12A1.5 1.5 0 0 1 17.5 7v6a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 13V7A1.5 1.5 0 0 1 4 5.5ZM5.5 8.5h.1m2.9 0h.1m2.9 0h.1m2.8 0h.1M7 11.5h6',
  ticks: 'm2.5 10.5 3 3 6-7m-2.2 5.7 1.4 1.3 6-7',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}

/** The product's mark. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <path d="M9 10.5A2.5 2.5 0 0 1 11.5 8h9a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5H15l-4.2 3.6c-.5.4-1.2.1-1.2-.6z" />
    </svg>
  )
}
