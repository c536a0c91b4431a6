/** The page's style: light and dark by the reader's setting or the button, narrow screens, paper. Contrast is WCAG AA or better. */
const LIGHT = `
  --page:#f6f7f9;--card:#fff;--text:#18202b;--muted:#566172;--grid:#e3e7ed;--edge:#d5dae2;--shade:#8a94a31f;
  --good:#12703a;--bad:#b42318;--warn:#8a5300;--good-soft:#e3f4e9;--bad-soft:#fdeae8;--warn-soft:#fdf1dc;
  --line-1:#2463c9;--line-2:#b3480e;--line-3:#0c7d74;--slo:#a0186a;--focus:#2463c9;`;
const DARK = `
  --page:#10141a;--card:#181e27;--text:#e7ebf1;--muted:#a3aebd;--grid:#2a323e;--edge:#333d4b;--shade:#a3aebd1f;
  --good:#5fd08f;--bad:#ff8a7d;--warn:#f2b95c;--good-soft:#163524;--bad-soft:#46201d;--warn-soft:#3d2f14;
  --line-1:#7fb0ff;--line-2:#f0a06b;--line-3:#55cfc2;--slo:#f08cc4;--focus:#7fb0ff;`;

export const STYLE = `
:root{color-scheme:light;${LIGHT}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${DARK}}}
:root[data-theme=dark]{color-scheme:dark;${DARK}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header>div,footer{max-width:1120px;margin:0 auto;padding:0 20px}
header{background:var(--card);border-bottom:1px solid var(--edge);padding:24px 0 20px}
h1{font-size:15px;font-weight:500;color:var(--muted);margin:0 0 8px;overflow-wrap:anywhere}
h2{font-size:18px;margin:0 0 12px}
h3{font-size:14px;margin:18px 0 6px;font-weight:600}
.verdict{display:flex;gap:14px;align-items:center;font-size:30px;font-weight:700;margin:0;letter-spacing:-.01em}
.verdict svg{width:38px;height:38px;flex:none}
.pass .verdict{color:var(--good)}.fail .verdict{color:var(--bad)}
.invalid .verdict,.inconclusive .verdict,.interrupted .verdict{color:var(--warn)}
.why{font-size:17px;margin:8px 0 18px;max-width:75ch;overflow-wrap:anywhere}
.top{display:flex;justify-content:space-between;align-items:start;gap:16px}
dl.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px 20px;margin:0}
dl.figures div{min-width:0}
dt{color:var(--muted);font-size:13px}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
dl.figures dd{font-size:18px;font-variant-numeric:tabular-nums}
section{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:20px;margin:20px 0}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);font-size:13px;padding-bottom:6px}
th,td{text-align:right;padding:6px 10px;border-bottom:1px solid var(--grid);white-space:nowrap}
thead th{color:var(--muted);font-size:13px;font-weight:600}
th:first-child,td:first-child,th.text,td.text{text-align:left}
tbody th{font-weight:600;max-width:22em;overflow:hidden;text-overflow:ellipsis}
td.wrap{white-space:normal;text-align:left;min-width:16em;overflow-wrap:anywhere}
tr:last-child>*{border-bottom:0}
.state{display:inline-block;min-width:5.5em;text-align:center;border-radius:20px;padding:1px 10px;font-size:13px;font-weight:600}
.state.ok{background:var(--good-soft);color:var(--good)}.state.no{background:var(--bad-soft);color:var(--bad)}
.use{display:inline-block;width:110px;height:9px;border-radius:5px;background:var(--grid);overflow:hidden;vertical-align:middle}
.use i{display:block;height:100%;background:var(--good)}
.use.close i{background:var(--warn)}.use.over i{background:var(--bad)}
.note{color:var(--muted);margin:4px 0 0}
.controls{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center;margin-bottom:10px}
select,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:6px;padding:4px 10px;max-width:100%}
button{cursor:pointer;white-space:nowrap}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.chart{min-height:60px;width:100%;overflow:hidden}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:0 28px}
.pair>*{min-width:0}
.u-legend{font-size:13px;text-align:left!important}
.u-legend th{color:inherit;font-weight:500}
.u-legend th,.u-legend td{border:0;padding:2px 4px;text-align:left}
.distribution{width:100%;height:auto;display:block}
.distribution path{fill:var(--line-1)}
.distribution line{stroke:var(--grid)}.distribution .mark{stroke:var(--slo);stroke-dasharray:4 3}
.distribution text{fill:var(--muted);font-size:9px;font-family:inherit}
.distribution .mark-text{fill:var(--slo);font-weight:600}
figure{margin:0}
.scroll+.details{margin-top:16px}
.details{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:12px 24px;margin:0}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px;overflow-wrap:anywhere}
pre{background:var(--page);border:1px solid var(--edge);border-radius:6px;padding:10px 12px;white-space:pre-wrap;margin:6px 0 0}
footer{color:var(--muted);font-size:13px;padding-bottom:32px}
footer details{margin-top:6px}
.only-scripted{display:none}.scripted .only-scripted{display:revert}
@media (max-width:600px){main,header>div,footer{padding:0 12px}section{padding:14px 12px;border-radius:8px}.verdict{font-size:24px}.distribution text{font-size:19px}.why{font-size:15px}th,td{padding:5px 7px}.use{width:70px}}
@media (prefers-reduced-motion:no-preference){.use i{transition:width .3s}}
@media print{:root:root:root{${LIGHT}}body{background:#fff;font-size:12px}section,header{border-color:#ccc;break-inside:avoid}section.long{break-inside:auto}.controls,button{display:none!important}.scroll{overflow:visible}main,header>div,footer{max-width:none;padding:0}figure[hidden]{display:block!important}tbody th{overflow:visible}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`.trim();
