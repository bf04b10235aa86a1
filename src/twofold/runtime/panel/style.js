// The panel's styles; they hold for its shadow root only.

export const STYLE = `
:host {
  all: initial; color-scheme: light dark; position: fixed; inset: auto 0 0 auto; z-index: 2147483647;
  --ground: #fbfaf8; --raised: #fff; --line: #e3dfd8; --text: #22201d; --quiet: #6b655c; --accent: #0f62a8; --tint: #e7f0f8;
  --bad: #b3261e; --good: #1d6b36; --met: #fdf0c8; --met-text: #6a4a00;
  font: 13px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--text);
}
@media (prefers-color-scheme: dark) {
  :host {
    --ground: #171614; --raised: #201f1c; --line: #37342f; --text: #eceae6; --quiet: #a59e93; --accent: #7cb8f0; --tint: #1d3042;
    --bad: #ff8a7a; --good: #79d494; --met: #453708; --met-text: #ffdf80;
  }
}
@media print { :host { display: none; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 4px; }
code { font: 12px/1.4 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.toggle {
  position: fixed; right: 12px; bottom: 12px; display: flex; gap: 8px; align-items: center; padding: 5px 6px 5px 12px;
  border: 1px solid var(--line); border-radius: 99px; background: var(--raised); font-weight: 600; box-shadow: 0 2px 10px #0003;
}
.toggle:hover { border-color: var(--accent); }
.count {
  min-width: 22px; padding: 1px 6px; border-radius: 99px; background: var(--tint); color: var(--accent); text-align: center;
  font-variant-numeric: tabular-nums;
}
.bad .count { background: var(--bad); color: var(--raised); }
section {
  position: fixed; right: 12px; bottom: 54px; width: min(900px, calc(100vw - 24px)); height: min(380px, calc(100vh - 80px));
  display: flex; flex-direction: column; border: 1px solid var(--line); border-radius: 10px; background: var(--ground);
  box-shadow: 0 8px 40px #0004; overflow: hidden;
}
header { display: flex; gap: 12px; align-items: baseline; padding: 8px 14px; border-bottom: 1px solid var(--line); background: var(--raised); }
.sequence { flex: 1; color: var(--quiet); }
.quiet { color: var(--quiet); }
.quiet:hover { color: var(--text); text-decoration: underline; }
.hint { margin: auto; color: var(--quiet); }
.list { overflow: auto; overscroll-behavior: contain; scrollbar-width: thin; }
details { border-bottom: 1px solid var(--line); }
details[open] { background: var(--raised); }
summary {
  display: grid; grid-template-columns: 58px 62px minmax(0, 1fr) max-content 34px 132px 58px 58px; gap: 8px; align-items: center;
  padding: 5px 14px; cursor: pointer; list-style: none;
}
summary:hover { background: var(--tint); }
summary:focus-visible { outline-offset: -2px; }
time, .number, .status, .again { font-variant-numeric: tabular-nums; color: var(--quiet); }
.number { text-align: right; white-space: nowrap; }
.again { text-align: right; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.status { color: var(--good); }
.status.bad { color: var(--bad); font-weight: 600; }
.kind, .badge { padding: 0 7px; border-radius: 99px; background: var(--tint); color: var(--accent); text-align: center; font-size: 12px; }
.kind.page, .kind.pull { background: none; color: var(--quiet); box-shadow: inset 0 0 0 1px var(--line); }
.kind.live { background: none; color: var(--good); box-shadow: inset 0 0 0 1px var(--good); }
.kind.fallback { background: var(--bad); color: var(--raised); }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.name small { margin-left: 8px; font-size: 12px; font-weight: 400; color: var(--quiet); }
.badge { background: var(--met); color: var(--met-text); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 14px; margin: 0; padding: 4px 14px 10px 80px; }
dt { color: var(--quiet); }
dd { margin: 0; display: flex; flex-wrap: wrap; gap: 4px; }
.chip { display: inline-block; padding: 0 6px; border: 1px solid var(--line); border-radius: 5px; font-weight: 400; }
.chip + .chip { margin-left: 4px; }
dd .chip + .chip { margin-left: 0; }
.chip.met { border-color: transparent; background: var(--met); color: var(--met-text); }
table { width: calc(100% - 94px); margin: 0 14px 12px 80px; border-collapse: collapse; }
th { padding: 2px 8px 2px 0; text-align: left; font-weight: 400; color: var(--quiet); border-bottom: 1px solid var(--line); }
td { padding: 4px 8px 4px 0; vertical-align: top; }
th:nth-last-child(-n + 2) { text-align: right; }
td:last-child, th:last-child { padding-right: 0; }
tbody tr:hover { background: var(--tint); }
td:first-child { max-width: 240px; }
.region {
  display: block; max-width: 100%; overflow: hidden; text-align: left; text-overflow: ellipsis; white-space: nowrap; color: var(--accent);
}
.region:hover { text-decoration: underline; }
.frame { position: fixed; pointer-events: none; border: 2px solid var(--accent); border-radius: 4px; background: #0f62a81f; }
@media (max-width: 640px) {
  summary { grid-template-columns: 58px minmax(0, 1fr) 34px 58px; }
  summary > :nth-child(2), summary > :nth-child(4), .again, summary > :last-child { display: none; }
  dl { padding-left: 14px; }
  table { width: calc(100% - 28px); margin-left: 14px; }
}
`;
