import type { Registry } from 'prom-client'

/** The series of a metric: its labels as `name=value`, sorted, without the prefix, with their values. */
export async function seriesOf(
  register: Pick<Registry, 'getMetricsAsJSON'>,
  name: string,
): Promise<Record<string, number>> {
  const metrics = await register.getMetricsAsJSON()
  const metric = metrics.find((one) => one.name === `dualauth_${name}`)
  const values = (metric?.values ?? []) as readonly {
    readonly labels: Readonly<Record<string, string | number>>
    readonly value: number
    readonly metricName?: string
  }[]
  return Object.fromEntries(
    values.map(({ labels, value, metricName }) => {
      const named = Object.entries(labels).filter(([, label]) => label !== 'none')
      const part = metricName === undefined ? [] : [metricName.slice(metricName.lastIndexOf('_') + 1)]
      return [[...part, ...named.map(([label, text]) => `${label}=${text}`)].join(' '), value]
    }),
  )
}

/** How many series the register holds in all. */
export async function countSeries(register: Registry): Promise<number> {
  const text = await register.metrics()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
}
