/** Everything that a command can do, an import can do. */

export {
  type Ab,
  type AbConduct,
  type AbMode,
  type AbPlan,
  abMarkdown,
  abSchema,
  compareBuilds,
  newComparison,
  parseSubject,
  readComparison,
} from './ab/index.ts';
export { launchApp, type RunningApp } from './app/launch.ts';
export { capacityPage } from './capacity-page/index.ts';
export {
  type Capacity,
  type CapacityResult,
  type CapacityTrial,
  capacitySchema,
  newestSearch,
  readCapacity,
  resumeSearch,
  type SearchOptions,
  type SearchOutcome,
  startSearch,
} from './capacity-run/index.ts';
export { type CheckOptions, type CheckResult, checkScenarios, type Finding } from './check/index.ts';
export { annotationsOf, junitOf, type LoadPerformance, loadPerformanceOf, markdownOf } from './ci/index.ts';
export {
  type ComparedRun,
  type Comparison,
  comparisonMarkdown,
  comparisonOf,
  comparisonPage,
  comparisonSchema,
} from './compare/index.ts';
export { type ConfigInput, defineConfig } from './config/define.ts';
export type { Config } from './config/load.ts';
export { loadConfig, loadSlos } from './config/load.ts';
export {
  type DatedEvent,
  type Demand,
  type DemandAssumptions,
  type DemandBasis,
  demandModelOf,
  type History as DemandHistory,
  type HistoryFileOptions as DemandFileOptions,
  historyFromPrometheus as demandFromPrometheus,
  type PrometheusQuery,
  parseEvent,
  parseGrowth,
  parseRate,
  readHistoryFile as readDemandFile,
  type StatedGrowth,
  sentencesOf as demandSentences,
} from './demand/index.ts';
export { ERRORS, type ErrorCode, EXIT, type ExitCode, HeadroomError } from './errors.ts';
export { type Explanation, evidenceOf, explain, explanationSchema, explanationText } from './explain/index.ts';
export {
  type BaselineResult,
  type BaselineRun,
  baselineRunOf,
  baselineRunSchema,
  compareWithBaseline,
} from './gate/baseline.ts';
export { k6Thresholds, openSloDocuments, prometheusRules } from './gate/export/index.ts';
export { folderStore } from './gate/folder-store.ts';
export { type Gate, gateOf, gateSchema } from './gate/gate.ts';
export { joinOutages, OutageWatch } from './gate/outage.ts';
export { SloWatch } from './gate/sliding.ts';
export { type JudgedSlo, judgeSlos, type Slo, sloSchema } from './gate/slo.ts';
export {
  type BaselineStore,
  listBaselines,
  readBaseline,
  removeFromBaseline,
  saveToBaseline,
} from './gate/store.ts';
export { checkValidity, DEFAULT_LIMITS, type Measurement, type ValidityLimits } from './gate/validity.ts';
export { exitCodeOf, verdictOf } from './gate/verdict.ts';
export { type CiKind, findSources, type InitOptions, type InitResult, initService } from './init/index.ts';
export {
  type InstanceNumber,
  type InstanceOptions,
  instanceOfSegment,
  parseInstance,
  runInstance,
  runOnInstances,
  segmentFlags,
} from './instances/index.ts';
export { type Bundle, bundleAll, bundleScenario, listScenarios } from './k6/bundle.ts';
export { findK6 } from './k6/find.ts';
export {
  type ClusterOptions,
  type ClusterOutcome,
  type ClusterRun,
  exitCodeOfCluster,
  groundOf,
  Kubectl,
  type PreparedRun,
  prepareClusterRun,
  rbacOf,
  runnerDockerfile,
  runOnCluster,
  testRunOf,
  yamlOf,
} from './k8s/index.ts';
export { type Matrix, type MatrixOptions, matrixSchema, measureMatrix } from './matrix/matrix.ts';
export { matrixMarkdown, matrixSvg } from './matrix/render.ts';
export { combine, parseSettings, type Setting } from './matrix/settings.ts';
export { type MergeOptions, mergeFolders, mergeFromInflux } from './merge/index.ts';
export {
  FORMATS,
  NOTIFY_VARIABLE,
  type Notification,
  Notifier,
  type NotifyFormat,
  notificationSchema,
  OUTBOX_LINES,
  type Unsent,
  type Webhook,
  webhookOf,
  withoutWebhook,
} from './notify/index.ts';
export {
  type Outlook,
  type Plan,
  type PlanInput,
  type PlannedDemand,
  planMarkdown,
  plannedDemand,
  planOf,
  planPage,
  planSchema,
  planText,
  type WhatIf,
} from './plan/index.ts';
export { influxStore } from './publish/baselines.ts';
export { type InfluxAddress, influxAddress } from './publish/influx.ts';
export { InfluxSink } from './publish/influx-sink.ts';
export { publishRun } from './publish/publish.ts';
export { render } from './report/render.ts';
export { renderSummary } from './report/summary.ts';
export { readRun } from './results/archive.ts';
export { Histogram } from './results/histogram.ts';
export { readWindows } from './results/read.ts';
export type {
  Audit,
  DriftResult,
  EndpointResult,
  Run,
  SloResult,
  SoakResult,
  ValidityReason,
  Verdict,
} from './results/schema.ts';
export { runSchema } from './results/schema.ts';
export type { RunSeries } from './results/series.ts';
export type { CellData, Sink, Window } from './results/window.ts';
export type { LiveStatus } from './run/live.ts';
export { readTotals, rejudge } from './run/rejudge.ts';
export { type CsvReplayOptions, type ReplayOptions, replayCsv, replayRun } from './run/replay.ts';
export { readRunSeries } from './run/reread.ts';
export { type ResumeOptions, resumeRun } from './run/resume.ts';
export { type RunOptions, type RunOutcome, runScenario } from './run/run.ts';
export { lookAtRuns, pruningOf, removeRun, type Shelf, type ShelvedRun } from './run/shelf.ts';
export type { SoakEvent, SoakOptions } from './run/soak.ts';
export { permittedTarget } from './run/target.ts';
export {
  DEFAULT_METRICS,
  DEFAULT_SOAK,
  judgeDrifts,
  judgeSignal,
  lostObjectives,
  type Signal,
  SoakHistory,
  type SoakSettings,
  worstMinuteOf,
} from './soak/index.ts';
export { type History, readHistory } from './trend/history.ts';
export { trendPage, trendSvg } from './trend/page.ts';
export { type TrendDocument, trendSchema } from './trend/schema.ts';
export { trendText } from './trend/table.ts';
export { type TrendOptions, trendOf } from './trend/trend.ts';
export { type RunningUi, startUi, type UiOptions } from './ui/index.ts';
export {
  type LogSettings,
  planScenario,
  type ReadLogOptions,
  renderScenario,
  type ScenarioChoices,
  type Workload,
  workloadFromFile,
  workloadFromStream,
  workloadSchema,
  workloadText,
} from './workload/index.ts';
