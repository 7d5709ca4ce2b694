import uPlot from 'uplot'

export type Bins = { start: bigint; width: bigint; counts: number[] }

/** Draws bins as bars in UTC; `drag` gets microseconds when a range was dragged. */
export function chart(into: HTMLElement, bins: Bins, size: { width: number; height: number }, drag: (from: bigint, to: bigint) => void): uPlot {
  const style = getComputedStyle(into)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const probe = (name: string) => resolve(into, name)
  const seconds = bins.counts.map((_, i) => Number(bins.start + bins.width * BigInt(i)) / 1e6)
  const bars = uPlot.paths.bars?.({ size: [0.9, 60], align: 1 })
  const axis = { stroke: probe('--muted'), grid: { show: false }, ticks: { stroke: probe('--line'), size: 4 }, font: `11px ${color('--sans') || 'sans-serif'}` }
  const plot = new uPlot(
    {
      ...size,
      // Everything is UTC and 24 hours; the machine's own zone has no say.
      tzDate: (t) => uPlot.tzDate(new Date(t * 1e3), 'Etc/UTC'),
      legend: { show: false },
      padding: [6, 34, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true, range: [seconds[0] ?? 0, Number(bins.start + bins.width * BigInt(bins.counts.length)) / 1e6] }, y: { range: (_, __, max) => [0, Math.max(1, max)] } },
      series: [{}, { stroke: probe('--accent'), fill: probe('--accent'), width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) }],
      axes: [
        { ...axis, size: 30, space: 90, values: (_, splits, __, ___, step) => splits.map((s) => stamp(s, step)) },
        { ...axis, size: 52, space: 28, values: (_, splits) => splits.map((v) => (Number.isInteger(v) ? compact(v) : '')) },
      ],
      hooks: {
        setSelect: [
          (u) => {
            if (u.select.width < 2) return
            const at = (px: number) => BigInt(Math.round(u.posToVal(px, 'x') * 1e6))
            drag(at(u.select.left), at(u.select.left + u.select.width))
            u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
          },
        ],
      },
    },
    [seconds, bins.counts],
    into,
  )
  return plot
}

/** A colour token as the browser resolves it here and now: canvas knows no `light-dark()`. */
function resolve(into: HTMLElement, token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  into.append(probe)
  const color = getComputedStyle(probe).color
  probe.remove()
  return color
}

const DAY = 86_400

/** As fine as the step between labels needs. */
function stamp(seconds: number, step: number): string {
  const text = new Date(seconds * 1e3).toISOString()
  if (step >= 300 * DAY) return text.slice(0, 4)
  if (step >= DAY) return text.slice(0, 10)
  if (step >= 60) return `${text.slice(5, 10)} ${text.slice(11, 16)}`
  return text.slice(11, 19)
}

function compact(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value)
}
