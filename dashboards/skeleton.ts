import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { INFLUXDB } from './data-sources.ts';
import { annotationsQuery } from './influxql.ts';

/** Marks the dashboards that link to each other. */
const TAG = 'headroom';

/**
 * A dashboard without panels: title, links to the others, time range.
 *
 * @param uid part of its address, kept for ever
 * @param from start of the default time range, such as `now-6h`
 */
export function dashboard(uid: string, title: string, description: string, from: string): DashboardBuilder {
  return new DashboardBuilder(`Headroom: ${title}`)
    .uid(`headroom-${uid}`)
    .description(description)
    .tags([TAG])
    .timezone('utc')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from, to: 'now' })
    .link(
      new DashboardLinkBuilder('Headroom')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
}

/** Starts and ends of runs, as lines across every panel. */
export function runAnnotations(condition: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Runs')
    .datasource(INFLUXDB)
    .enable(true)
    .iconColor('blue')
    .target(
      annotationsQuery(`SELECT "title", "text", "verdict" FROM "annotations" WHERE ${condition} AND $timeFilter`),
    );
}
