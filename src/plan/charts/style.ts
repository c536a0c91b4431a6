/** Colours are the report's variables. */
export const DRAWING_STYLE = `
.drawing{width:100%;min-width:760px;height:auto;display:block;font-family:inherit;font-size:13px}
.drawing text{fill:var(--muted);font-variant-numeric:tabular-nums;unicode-bidi:isolate}
.drawing .grid{stroke:var(--grid)}.drawing .axis{stroke:var(--muted);fill:none}
.drawing text.mark,.drawing text.note-in{stroke:var(--card);stroke-width:4;stroke-linejoin:round;paint-order:stroke;font-weight:600}
.drawing text.strong{fill:var(--text);font-weight:600}
path.mark{stroke-width:1.5}
path.peak{stroke:var(--line-3);stroke-dasharray:7 3}.drawing text.peak{fill:var(--line-3)}
path.asked{stroke:var(--text);stroke-dasharray:2 3}.drawing text.asked{fill:var(--text)}
path.limit{stroke:var(--bad)}.drawing text.limit{fill:var(--bad)}rect.limit{fill:var(--bad);fill-opacity:.22}
path.objective{stroke:var(--slo);stroke-width:1.5;stroke-dasharray:6 4}.drawing text.objective{fill:var(--slo)}
path.from,path.event{stroke:var(--muted);stroke-dasharray:2 3}
path.day{stroke:var(--text);stroke-dasharray:4 3}.drawing text.day{fill:var(--text)}
.curve{fill:none;stroke:var(--line-1);stroke-width:2;stroke-linejoin:round}.curve.extrapolated{stroke-dasharray:6 4}
.curve.mean{stroke:var(--line-1)}.curve.past{stroke:var(--muted);stroke-width:1.4}
.confidence{fill:var(--line-1);fill-opacity:.17;stroke:none}
.scatter{fill:var(--muted);fill-opacity:.14}
.zero{stroke:var(--text);stroke-width:1.2}
rect.top{fill:var(--line-3);fill-opacity:.16}path.top{stroke:var(--line-3)}.drawing text.top{fill:var(--line-3)}
.trial{stroke-width:2.4;stroke-linecap:round;fill:none}
.trial.pass{fill:var(--good);stroke:var(--card);stroke-width:1}.trial.fail{stroke:var(--bad)}.trial.invalid{stroke:var(--warn);stroke-linejoin:round;fill:var(--card)}
.trial .beyond{stroke:none;fill:var(--text)}
.crossing{fill:var(--bad);stroke:var(--card);stroke-width:1.5}
.bar{fill:var(--bars)}.bar.now{fill:var(--muted);fill-opacity:.6}.bar.used{fill:var(--line-3)}.bar.free{fill:var(--good);fill-opacity:.3}
.whisker{stroke:var(--text);stroke-width:1.6;fill:none}.naive{stroke:var(--line-2);stroke-width:3}
.key{vertical-align:-2px;margin-right:5px;overflow:visible}
.scroll .drawing{margin-top:4px}
tbody th{overflow-wrap:break-word;min-width:7em}td small{overflow-wrap:break-word}td.text small{white-space:normal;min-width:11em}
.trials tbody th{max-width:none;min-width:13em;font-size:12.5px;font-weight:500}
.choices{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(330px,100%),1fr));gap:4px 28px}
.choices h3{margin-bottom:2px;overflow-wrap:anywhere}.choices p{margin:0 0 4px;overflow-wrap:anywhere}.choices ul{margin:0;padding-left:18px;color:var(--muted);font-size:13px;overflow-wrap:anywhere}
.plain{margin:0;padding-left:22px;overflow-wrap:anywhere}.plain li{margin:3px 0;max-width:100ch}
.steps li:first-child{font-weight:600}
.answers small{display:block;white-space:normal;line-height:1.4;max-width:26ch}
header .scroll{margin-top:18px}
.note{max-width:110ch}
.answers{grid-template-columns:repeat(5,auto)}
@media (max-width:1000px){.answers{grid-template-columns:repeat(auto-fill,minmax(150px,1fr))}}
@media (max-width:600px){.answers{grid-template-columns:1fr 1fr}.answers .wide{grid-column:span 2}}
@media print{.drawing{min-width:0}.answers{grid-template-columns:repeat(5,auto)}table{font-size:10px}h3{font-size:12px}thead th,td.text{white-space:normal}th,td{padding:3px 4px}tbody th,.trials tbody th{min-width:0;font-size:9.5px}td small,td.text small{white-space:normal;min-width:0;font-size:8.5px}.choices{grid-template-columns:1fr 1fr}.choices>div{break-inside:avoid}.note,.choices ul{font-size:10.5px}}`;
