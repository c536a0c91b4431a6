import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import { INFLUXDB } from './data-sources.ts';

/** A query in InfluxQL as Grafana's InfluxDB data source stores it. */
export interface InfluxQlQuery extends cog.Dataquery {
  refId: string;
  datasource: typeof INFLUXDB;
  query: string;
  rawQuery: true;
  resultFormat: 'time_series' | 'table';
  /** Name of the series; `$tag_endpoint` stands for a tag. */
  alias?: string;
}

/** The query of an annotation layer, with the columns that its parts are taken from. */
export interface InfluxQlAnnotations extends cog.Dataquery {
  refId: string;
  query: string;
  rawQuery: true;
  fromAnnotations: true;
  titleColumn: string;
  textColumn: string;
  tagsColumn: string;
}

/** The Foundation SDK has no InfluxDB query; this is one by its custom-query seam. */
export class InfluxQl implements cog.Builder<cog.Dataquery> {
  readonly #query: InfluxQlQuery;

  constructor(query: string) {
    this.#query = {
      refId: 'A',
      datasource: INFLUXDB,
      query,
      rawQuery: true,
      resultFormat: 'time_series',
      _implementsDataqueryVariant() {},
    };
  }

  refId(refId: string): this {
    this.#query.refId = refId;
    return this;
  }

  alias(alias: string): this {
    this.#query.alias = alias;
    return this;
  }

  /** Rows with a column for each tag and value, instead of series. */
  table(): this {
    this.#query.resultFormat = 'table';
    return this;
  }

  build(): InfluxQlQuery {
    return this.#query;
  }
}

/** Annotations from points that have a title, a text and a verdict. */
export function annotationsQuery(query: string): cog.Builder<cog.Dataquery> {
  const annotations: InfluxQlAnnotations = {
    refId: 'Annotations',
    query,
    rawQuery: true,
    fromAnnotations: true,
    titleColumn: 'title',
    textColumn: 'text',
    tagsColumn: 'verdict',
    _implementsDataqueryVariant() {},
  };
  return { build: () => annotations };
}
