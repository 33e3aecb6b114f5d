/** Relative luminance of "#rrggbb", 0 to 1, as WCAG 2 defines it. What cannot be read counts as black. */
export function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255 || 0
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** What is read on the accent: white where it has a contrast of 4.5, else black, which then has more. */
export function inkOn(accent: string): '#fff' | '#000' {
  return 1.05 / (luminance(accent) + 0.05) < 4.5 ? '#000' : '#fff'
}
