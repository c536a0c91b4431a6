/** The page's style: light and dark by the reader's setting or the button, narrow screens, paper. Contrast is WCAG AA or better. */
const LIGHT = `--page:#f4f6f8;--card:#fff;--text:#18202b;--muted:#566172;--grid:#e6eaef;--edge:#d5dae2;--shade:#8a94a324;
--good:#12703a;--bad:#b42318;--warn:#8a5300;--good-soft:#e3f4e9;--bad-soft:#fdeae8;--warn-soft:#fdf1dc;
--line-1:#2463c9;--line-2:#b3480e;--line-3:#0c7d74;--bars:#a9bfe4;--slo:#a0186a;`;
const DARK = `--page:#0f1319;--card:#171d26;--text:#e7ebf1;--muted:#a3aebd;--grid:#28303b;--edge:#333d4b;--shade:#a3aebd24;
--good:#5fd08f;--bad:#ff8a7d;--warn:#f2b95c;--good-soft:#143322;--bad-soft:#46201d;--warn-soft:#3b2d13;
--line-1:#7fb0ff;--line-2:#f0a06b;--line-3:#55cfc2;--bars:#3d5683;--slo:#f08cc4;`;

const PAGE = `
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header>div,footer{max-width:1160px;margin:0 auto;padding:0 20px}
h1{font-size:15px;font-weight:600;margin:0;overflow-wrap:anywhere}
h1 span{font-weight:400;color:var(--muted)}
h2{font-size:18px;margin:0 0 10px}
h3{font-size:14px;margin:18px 0 6px;font-weight:600}
section{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:20px;margin:20px 0}
.note{color:var(--muted);font-size:13px;margin:4px 0 8px}
.caution{background:var(--warn-soft);color:var(--warn);border-radius:6px;padding:8px 12px;margin:0 0 12px;font-weight:600}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px;overflow-wrap:anywhere}
pre{background:var(--page);border:1px solid var(--edge);border-radius:6px;padding:10px 12px;white-space:pre-wrap;overflow-wrap:anywhere;margin:6px 0 0}
select,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--muted);border-radius:6px;padding:4px 12px;max-width:100%}
button{cursor:pointer;white-space:nowrap}
input{accent-color:var(--line-1);margin:0 2px 0 0;vertical-align:-1px}
:focus-visible{outline:2px solid var(--line-1);outline-offset:2px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;margin:0}
footer{color:var(--muted);font-size:13px;padding-bottom:32px}
footer p{margin:0}
a{color:var(--line-1)}
.skip{position:absolute;left:-9999px}.skip:focus{left:8px;top:8px;z-index:9;background:var(--card);padding:6px 12px;border-radius:6px}
.contents{max-width:1160px;margin:16px auto 0;padding:0 20px}
.contents ol{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:0;padding:0;font-size:14px}
.contents a{display:inline-block;padding:3px 0}
main:focus{outline:0}
.saves{font-size:12px;padding:1px 8px;margin-top:8px;font-weight:400}.chart h3{display:inline-block;margin-right:10px}.chart .saves{margin:0}figcaption .saves{margin:0 0 0 10px}
.only-scripted{display:none}.scripted .only-scripted{display:revert}`;

const HEADER = `
header{--tone:var(--warn);--tone-soft:var(--warn-soft);background:var(--card);border-top:6px solid var(--tone);border-bottom:1px solid var(--edge);padding:18px 0 20px}
header.pass{--tone:var(--good);--tone-soft:var(--good-soft)}
header.fail{--tone:var(--bad);--tone-soft:var(--bad-soft)}
.top{display:flex;justify-content:space-between;align-items:start;gap:16px}
.verdict{display:flex;gap:14px;align-items:center;font-size:32px;line-height:1.2;font-weight:700;margin:14px 0 6px;letter-spacing:-.01em;color:var(--tone)}
.verdict svg{width:40px;height:40px;flex:none;fill:var(--tone-soft);stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.why code{font-size:.9em}.why{font-size:18px;line-height:1.45;margin:0 0 20px;max-width:88ch;overflow-wrap:anywhere;text-wrap:pretty}
.figures{display:grid;grid-template-columns:repeat(7,auto);justify-content:space-between;gap:14px 24px;margin:0}
.figures div,.details div{min-width:0}
dt{color:var(--muted);font-size:13px}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.figures dd{font-size:19px;line-height:1.3;font-variant-numeric:tabular-nums}
td small{display:block;font-size:12px;color:var(--muted)}.note .state{min-width:0}
.figures small{font-size:13px;font-weight:400;color:var(--muted);white-space:nowrap}
.details{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:12px 24px;margin:0}
.scroll+.details,.saves+.details{margin-top:16px}.details small{display:block;font-size:13px;font-weight:400;color:var(--muted)}.details dd{text-wrap:balance}`;

const TABLES = `
.scroll{position:relative;overflow-x:auto;max-width:100%}
@supports (animation-timeline:scroll(self inline)){.scroll{animation:more linear both;animation-timeline:scroll(self inline)}}
@keyframes more{from{box-shadow:inset -10px 0 8px -8px var(--muted)}50%{box-shadow:inset 10px 0 8px -8px var(--muted),inset -10px 0 8px -8px var(--muted)}to{box-shadow:inset 10px 0 8px -8px var(--muted)}}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);font-size:13px;padding-bottom:8px}
caption>span{position:sticky;left:0;display:inline-block;max-width:min(1080px,calc(100vw - 82px))}
th,td{text-align:right;padding:6px 8px;border-bottom:1px solid var(--grid);white-space:nowrap}
thead th{color:var(--muted);font-size:13px;font-weight:600;border-bottom-color:var(--edge)}
th:first-child,td:first-child,tbody th,th.text,td.text{text-align:left}
th:first-child,td:first-child{padding-left:0}
tbody th{font-weight:600;max-width:20em;white-space:normal;overflow-wrap:anywhere}
th.wrap{max-width:none;font-weight:500}th.figure{min-width:15em}th.figure a{font-weight:600}
th code{color:var(--muted);font-weight:400}
tr:last-child>*{border-bottom:0}
td.broken{color:var(--bad);font-weight:600}
.state{display:inline-block;min-width:5.6em;text-align:center;border-radius:20px;padding:1px 10px;font-size:13px;font-weight:600}
.state.ok{background:var(--good-soft);color:var(--good)}.state.no{background:var(--bad-soft);color:var(--bad)}.state.unknown{background:var(--warn-soft);color:var(--warn)}
.use{vertical-align:-1px;margin-left:10px;fill:var(--good)}
.use .track{fill:var(--grid)}.use path{stroke:var(--text);stroke-width:1.5}
.use.close{fill:var(--warn)}.use.broken{fill:var(--bad)}
.spark{display:block;fill:none;stroke:var(--line-1);stroke-width:1.3;stroke-linejoin:round}
.burn{width:100%;height:auto;max-width:560px;display:block}.burn path{fill:none;stroke:var(--grid)}.burn .line{stroke:var(--line-1);stroke-width:1.6}
.burn .level{stroke:var(--slo);stroke-dasharray:4 3}.burn .spent{stroke:var(--bad);stroke-width:1.5}.burn text{fill:var(--muted);font-size:12px}
.budgets{margin-top:12px;gap:14px 32px}.budgets .broken{color:var(--bad)}th small{display:block;font-size:12px;font-weight:400;color:var(--muted)}
.spark .level{stroke:var(--slo);stroke-dasharray:4 3}.spark rect{fill:var(--shade);stroke:none}`;

const CHARTS = `
.controls{display:flex;flex-wrap:wrap;gap:8px 24px;align-items:center}
.scripted .controls{display:flex}
.controls label{max-width:100%}
.group{display:flex;flex-wrap:wrap;gap:8px}
.plot{width:100%;overflow:hidden;border-radius:4px}.plot .u-select{background:var(--shade)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:0 0 4px;padding:0;font-size:13px;color:var(--muted);min-height:20px;font-variant-numeric:tabular-nums}
.legend i{display:inline-block;width:16px;border-top:3px solid;vertical-align:4px;margin-right:6px}
.legend i.block{width:12px;border:0;height:12px;vertical-align:-2px}.legend i.strip{width:16px;height:5px;vertical-align:2px}.legend i.dashed{border-top-style:dashed}.legend i.dotted{border-top-style:dotted}
.legend b{color:var(--text);font-weight:600}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:4px 32px}
.scripted .pair{display:grid}
.pair>*{min-width:0}
figure{margin:0}
.distribution{width:100%;min-width:600px;height:auto;display:block;font-family:inherit}
.distribution .bars{fill:var(--bars)}
.distribution .axis{stroke:var(--muted);stroke-width:1}
.distribution .mark{--ink:var(--line-2)}.distribution path.mark{stroke:var(--ink);stroke-width:1.5}
.distribution .p50{--ink:var(--line-3)}.distribution .p95{--ink:var(--line-1)}
.distribution .slo{--ink:var(--slo)}.distribution path.slo{stroke-dasharray:6 4}
.distribution text{fill:var(--ink,var(--muted));stroke:var(--card);stroke-width:4;stroke-dasharray:none;paint-order:stroke;font-size:12.5px;font-weight:600}
.distribution .tick{font-weight:400;text-anchor:middle}
.distribution .tick[text-anchor=start]{text-anchor:start}.distribution .tick[text-anchor=end]{text-anchor:end}`;

const NARROW = `
@media (max-width:1000px){.figures{grid-template-columns:repeat(auto-fill,minmax(140px,1fr))}}
@media (max-width:600px){
body{font-size:14px}
main,header>div,footer,.contents{padding:0 12px}
section{padding:14px 12px;border-radius:8px;margin:12px 0}
header{padding:12px 0 14px}
.verdict{font-size:25px;gap:10px}.verdict svg{width:32px;height:32px}
.why{font-size:16px;margin-bottom:14px}
.figures{grid-template-columns:1fr 1fr}
.figures dd{font-size:17px}
th,td{padding:6px 3px}th:last-child,td:last-child{padding-right:0}
caption>span{max-width:calc(100vw - 50px)}
.state{min-width:0;padding:1px 7px}
.use-column,.narrow-not{display:none}
table{font-size:13.5px}
.word{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);margin:0}
tbody th{max-width:11em;overflow-wrap:break-word}th.wrap{min-width:8.5em}th.figure{min-width:10.5em}td small{white-space:normal}small.one{white-space:nowrap}
.distribution{min-width:820px}}`;

const PAPER = `
@page{margin:14mm 13mm}
@media print{
:root:root:root{color-scheme:light;${LIGHT}}
body{background:#fff;font-size:11.5px}
main,header>div,footer{max-width:none;padding:0}
header{padding-top:10px}
section{border:0;border-top:1px solid var(--edge);border-radius:0;padding:12px 0 0;margin:14px 0;break-inside:avoid}
section.long{break-inside:auto}footer{break-before:avoid}footer details{display:none}
h2,h3,caption{break-after:avoid}tr,figure,.chart,.details div{break-inside:avoid}
.controls,.scripted .controls,button,.scripted button,.contents,.skip,.controls+.note{display:none!important}
.why{font-size:14px}.figures{grid-template-columns:repeat(7,auto);gap:8px 12px}.figures dd{font-size:14px}.figures small,.details small,td small,dt,.note,caption,.legend,thead th,.state{font-size:10.5px}code{font-size:.92em}
.scroll{overflow:visible;animation:none}
th,td{padding:3px 5px}
caption>span{position:static;max-width:none}
.distribution{min-width:0}
.spark-column{display:none}#drift-section .spark-column{display:table-cell}#drift-section td:last-child{white-space:normal}.spark-column .spark{max-width:120px;height:auto}td small{white-space:normal}small.one{white-space:nowrap}th.figure{min-width:12em}
h2+.note{break-after:avoid}a.only-scripted{display:none!important}
.pair,.scripted .pair{grid-template-columns:1fr 1fr;gap:4px 16px}
.few figure[hidden]{display:block!important}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@media (prefers-reduced-motion:reduce){*{scroll-behavior:auto!important;transition:none!important;animation:none!important}}`;

export const STYLE = `:root{color-scheme:light;${LIGHT}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${DARK}}}
:root[data-theme=dark]{color-scheme:dark;${DARK}}
:root.on-paper.on-paper{color-scheme:light;${LIGHT}}
${[PAGE, HEADER, TABLES, CHARTS, NARROW, PAPER].map((part) => part.trim()).join('\n')}`;
