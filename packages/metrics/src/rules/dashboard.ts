import { MENDING, MIGRATION, MOVING, SHADOW, STATE } from './migration-rows.js'
import type { Panel, Row } from './panel.js'
import { LATENCY, OVERVIEW, TRAFFIC } from './traffic-rows.js'

const ROWS: readonly Row[] = [OVERVIEW, TRAFFIC, MIGRATION, LATENCY, SHADOW, MOVING, STATE, MENDING]

const SOURCE = { type: 'prometheus', uid: '${datasource}' }
const WIDTH = 24
const ACROSS = 3
const HEIGHT = 7

/** The dashboard for Grafana 10 and newer, as JSON to import there. */
export function printDashboard(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`
}

function dashboard(): object {
  const panels: object[] = []
  let y = 0
  let id = 1
  for (const row of ROWS) {
    panels.push({
      id: id++,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
    })
    y++
    for (const [place, panel] of row.panels.entries()) {
      const w = WIDTH / ACROSS
      const gridPos = { x: (place % ACROSS) * w, y: y + Math.floor(place / ACROSS) * HEIGHT, w, h: HEIGHT }
      panels.push({ id: id++, gridPos, ...panelOf(panel) })
    }
    y += Math.ceil(row.panels.length / ACROSS) * HEIGHT
  }
  return {
    uid: 'dualauth',
    title: 'dualauth',
    tags: ['dualauth'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: VARIABLES },
    panels,
  }
}

const VARIABLES = [
  { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
  {
    name: 'job',
    type: 'query',
    label: 'Job',
    datasource: SOURCE,
    query: { query: 'label_values(dualauth_requests_total, job)', refId: 'job' },
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { text: 'All', value: '$__all' },
  },
]

function panelOf({ title, unit, kind = 'timeseries', queries, emptyWhere }: Panel): object {
  return {
    type: kind,
    title,
    ...(emptyWhere !== undefined && { description: `Empty where ${emptyWhere}.` }),
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, min: 0, ...(unit === 'percentunit' && { max: 1 }) }, overrides: [] },
    ...(kind === 'stat' && { options: { reduceOptions: { calcs: ['lastNotNull'] }, textMode: 'value_and_name' } }),
    targets: Object.entries(queries).map(([legendFormat, expr], place) => ({
      refId: String.fromCharCode(65 + place),
      datasource: SOURCE,
      expr,
      legendFormat,
    })),
  }
}
