import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';

/** Data sources by the identifiers that provisioning/datasources gives them. */
export const INFLUXDB = { type: 'influxdb', uid: 'headroom-influxdb' } as const satisfies DataSourceRef;
export const PROMETHEUS = { type: 'prometheus', uid: 'headroom-prometheus' } as const satisfies DataSourceRef;
export const LOKI = { type: 'loki', uid: 'headroom-loki' } as const satisfies DataSourceRef;
