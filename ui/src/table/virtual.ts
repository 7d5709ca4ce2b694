// Browsers clamp an element at 33,554,428 px (measured in WebKitGTK and Chromium): 1.4 million rows
// of 24 px. Above STRETCH the scroll position is a fraction of the way, not a number of pixels.

export const ROW_HEIGHT = 24
/** Tallest spacer, px. */
export const STRETCH = 8_000_000

export type Geometry = { rows: number; viewport: number }

export function spacer({ rows }: Geometry): number {
  return Math.min(rows * ROW_HEIGHT, STRETCH)
}

export function stretched(g: Geometry): boolean {
  return g.rows * ROW_HEIGHT > STRETCH
}

/** The highest row, in fractions of rows, that can stand at the top. */
function lastTop(g: Geometry): number {
  return Math.max(0, g.rows - g.viewport / ROW_HEIGHT)
}

/** Row at the top edge, in fractions of rows, for a scroll position. */
export function topRow(g: Geometry, scrollTop: number): number {
  if (!stretched(g)) return Math.max(0, scrollTop / ROW_HEIGHT)
  const way = Math.max(1, STRETCH - g.viewport)
  return Math.min(1, Math.max(0, scrollTop / way)) * lastTop(g)
}

/** Scroll position that brings a row, in fractions of rows, to the top edge. */
export function scrollFor(g: Geometry, row: number): number {
  const top = Math.min(lastTop(g), Math.max(0, row))
  if (!stretched(g)) return top * ROW_HEIGHT
  return lastTop(g) === 0 ? 0 : (top / lastTop(g)) * (STRETCH - g.viewport)
}

/** Top row after which `row` is fully visible; the same where it already is. */
export function reveal(g: Geometry, top: number, row: number): number {
  const whole = Math.max(1, Math.floor(g.viewport / ROW_HEIGHT))
  if (row < top) return row
  if (row + 1 > top + g.viewport / ROW_HEIGHT) return row + 1 - whole
  return top
}
