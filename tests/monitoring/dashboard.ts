// The head of a program that compiles when a dashboard is one: tests/it/dashboards.rs appends its JSON. The types are
// Grafana's own; a field that they do not have, and a value that is none of theirs, are errors.
import type { Dashboard, Panel } from '@grafana/schema';
import type { Options as BarGaugeOptions } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { FieldConfig as TableField, Options as TableOptions } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { FieldConfig as TimeSeriesField, Options as TimeSeriesOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// The model has enumerations, which JSON writes as their values.
type Written<T> = T extends string
  ? `${T}`
  : T extends number
    ? T | (`${T}` extends `${infer N extends number}` ? N : never)
    : T extends Array<infer E>
      ? Array<Written<E>>
      : T extends object
        ? { [K in keyof T]: Written<T[K]> }
        : T;

// Queries belong to the data source: packages/grafana-prometheus/src/dataquery.ts of Grafana has this one.
interface Query {
  refId: string;
  datasource: { type: 'prometheus'; uid: string };
  expr: string;
  legendFormat?: string;
  format?: 'table' | 'time_series' | 'heatmap';
  range: boolean;
  instant: boolean;
}

type Of<Type extends string, Options, Custom> = Omit<Panel<Record<string, unknown>, Custom>, 'type' | 'options' | 'targets' | 'fieldConfig'> & {
  type: Type;
  options: Partial<Options>;
  targets: Query[];
  fieldConfig: { defaults: Omit<NonNullable<Panel['fieldConfig']>['defaults'], 'custom'> & { custom?: Partial<Custom> }; overrides: NonNullable<Panel['fieldConfig']>['overrides'] };
};

type Ours = Omit<Dashboard, 'panels'> & {
  panels: Array<
    | Of<'bargauge', BarGaugeOptions, Record<string, never>>
    | Of<'stat', StatOptions, Record<string, never>>
    | Of<'table', TableOptions, TableField>
    | Of<'timeseries', TimeSeriesOptions, TimeSeriesField>
  >;
};

export const dashboard: Written<Ours> =
