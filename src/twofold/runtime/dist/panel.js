var m=class{entries=[];constructor(e,n){this.onchange=e,this.ondrop=n}add(e){let n={at:Date.now(),...e};for(this.entries.push(n),this.onchange(n);this.entries.length>200;)this.ondrop(this.entries.shift());return n}change(e,n){Object.assign(e,n),this.entries.includes(e)&&this.onchange(e)}clear(){for(let e of this.entries.splice(0))this.ondrop(e)}restore(e){for(let n of Array.isArray(e)?e:[])this.add(n)}};function O(t,e){let n="",o=()=>{let a=new BroadcastChannel("twofold:"+t);a.onmessage=({data:r})=>{!Array.isArray(r)||r[0]===n||(n=r[0],e(r[0],r[1]))},addEventListener("pagehide",()=>a.close(),{once:!0})};addEventListener("pageshow",({persisted:a})=>a&&o()),o()}function g(t){try{return JSON.parse(sessionStorage.getItem(t)??"null")}catch{return null}}function x(t,e){try{sessionStorage.setItem(t,JSON.stringify(e))}catch{}}import{describe as G,descriptors as U}from"./core.js";var X="*",b=class{#e=new Map;read(e,n){this.#e.set(e,n)}of(e){let n=this.#n();return e.map(o=>n.get(o)??`#${o}`)}#n(){let e=new Map;for(let{k:n,t:o}of U().filter(Boolean).map(G))o[0]!==X&&(this.#e.get(n)??[]).forEach((a,r)=>o[r]&&e.set(o[r],a)),n==="page"&&e.set(o[o.length-1],`path:${location.pathname}`);return e}};function M(t){new PerformanceObserver(n=>{for(let o of n.getEntries()){let a=o;/^(fetch|xmlhttprequest)$/.test(a.initiatorType)&&e(a,new URL(a.name))}}).observe({type:"resource"});function e(n,{origin:o,pathname:a,search:r}){if(o!==location.origin)return;let l=/[?&]\/([^=&]+)(?:&|$)/.exec(r)?.[1],p={ms:n.duration,bytes:n.transferSize},u=()=>{let s=t.entries.find(f=>f.ms===void 0&&(l?f.kind==="call"&&f.name===l:q(f)));return s&&t.change(s,p),s},q=s=>s.kind==="pull"&&s.name===a;u()||setTimeout(()=>{if(!u()&&l){let s=n.responseStatus;t.add({kind:"call",name:l,status:s,note:"without a form, or sent again",isFailure:s>399||!s,...p})}},250)}}function i(t,e={},...n){let o=document.createElement(t);for(let[a,r]of Object.entries(e))typeof r=="function"?o.addEventListener(a,r):r!==void 0&&r!==!1&&o.setAttribute(a,r===!0?"":r);return o.append(...n.filter(a=>a!==void 0)),o}var H={page:"page",call:"action",pull:"pull",live:"live",fallback:"fallback"},v=t=>t==null?"":`${t<10?t.toFixed(1):Math.round(t)} ms`,N=t=>t==null?"":t<1e3?`${t} B`:`${(t/1e3).toFixed(1)} kB`,K=t=>new Date(t).toTimeString().slice(0,8);function C(t){let{kind:e,trace:n,status:o,isFailure:a}=t;return[i("time",{},K(t.at)),i("span",{class:`kind ${e}`},H[e]),i("span",{class:"name",title:t.name},...V(t)),n?.replayed?i("span",{class:"badge",title:"It had run already; this is its kept outcome"},"replayed"):i("span"),i("span",{class:a?"status bad":"status"},o?String(o):""),i("span",{class:"again"},Q(t)),i("span",{class:"number"},v(t.ms??n?.ms)),i("span",{class:"number"},N(t.bytes??W(t)))]}function V({kind:t,name:e,note:n,tags:o,sequence:a}){return t!=="live"?[e,i("small",{},n??"")]:o?[...w(o)]:[i("small",{},`everything up to ${a}`)]}var W=({kind:t,trace:e})=>t==="page"?e?.regions.find(({key:n})=>n==="page")?.bytes:void 0;function Q({trace:t,late:e,gone:n}){if(!t)return"";let a=[`${t.regions.filter(({outcome:r})=>r==="rendered").length} rendered`];return t.kept&&a.push(`${t.kept} kept`),e&&a.push(`${e} late`),n&&a.push(`${n} gone`),a.join(", ")}function z({trace:t,sequence:e,ms:n,note:o},a){let r=new Set(t?.written),l=new Set(t?.regions.flatMap(({tags:p})=>p));return[i("dl",{},...h("note",o&&[o]),...h("call key",t?.key&&[i("code",{},t.key)]),...h("tags written",r.size&&w(r,l)),...h("tags read",l.size&&w(l,r)),...h("sequence",e&&[i("code",{},e)]),...h("in the server",t&&[v(t.ms)+(n===void 0?"":` of ${v(n)}`)])),t?.regions.length?Z(t.regions,r,a):void 0]}var h=(t,e)=>e?[i("dt",{},t),i("dd",{},...e)]:[],w=(t,e)=>Array.from(t,n=>i("code",{class:e?.has(n)?"chip met":"chip"},n));function Z(t,e,n){let o=["region","why","tags it read","time","size"].map(a=>i("th",{scope:"col"},a));return i("table",{},i("thead",{},i("tr",{},...o)),i("tbody",{},...t.map(a=>te(a,e,n))))}var ee=t=>Object.entries(t).map(([e,n])=>`${e}=${JSON.stringify(n)}`).join(", ");function te({key:t,region:e,arguments:n,reason:o,outcome:a,tags:r,ms:l,bytes:p},u,{point:q,unpoint:s,go:f}){let L=()=>q(t),Y=i("button",{type:"button",class:"region",title:`${e}, key ${t}: show it on the page`,focus:L,blur:s,click:()=>f(t)},t==="page"?`the page ${e}`:`${e.slice(e.lastIndexOf(".")+1)}(${ee(n)})`);return i("tr",{mouseenter:L,mouseleave:s},i("td",{},Y),i("td",{},a==="rendered"?o:`${a}: ${o}`),i("td",{},...w(r,u)),i("td",{class:"number"},v(l)),i("td",{class:"number"},N(p)))}import{describe as ne}from"./core.js";var T="data-tf-region",I=t=>t==="page"?document.body:[...document.querySelectorAll(`[${T}]`)].find(e=>ne(e.getAttribute(T)??"").k===t),k=class{frame=i("div",{class:"frame",hidden:!0});point=e=>{let n=I(e);if(this.frame.hidden=!n,!n)return;let{left:o,top:a,width:r,height:l}=n.getBoundingClientRect();for(let[p,u]of Object.entries({left:o,top:a,width:r,height:l}))this.frame.style.setProperty(p,`${u}px`)};unpoint=()=>{this.frame.hidden=!0};go=e=>{I(e)?.scrollIntoView({block:"nearest"}),this.point(e)}};var F=`
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
`;var R="twofold:panel:open",y=class{#e=new k;#n=i("code",{class:"sequence",title:"How old the page is at most"});#r=i("span",{class:"count"});#s=i("p",{class:"hint"},"Nothing yet. Submit a form.");#l=i("div",{class:"list"});#o=i("button",{type:"button",class:"toggle","aria-controls":"panel",click:()=>this.#i(!this.#d)},"Twofold",this.#r);#a=i("section",{id:"panel","aria-label":"Twofold development panel"},i("header",{},i("strong",{},"Twofold"),this.#n,i("button",{type:"button",class:"quiet",click:()=>this.onclear()},"Clear"),i("button",{type:"button",class:"quiet","aria-label":"Close the panel",click:()=>this.#i(!1)},"Close")),this.#s,this.#l);#t=new Map;constructor(e){this.onclear=e;let n=document.createElement("twofold-panel"),o=n.attachShadow({mode:"open"}),a=new CSSStyleSheet;a.replaceSync(F),o.adoptedStyleSheets=[a],o.append(this.#e.frame,this.#a,this.#o),o.addEventListener("keydown",r=>{r.key!=="Escape"||!this.#d||(r.stopPropagation(),this.#i(!1))}),this.#i(g(R)===!0,!1),document.documentElement.append(n)}get#d(){return!this.#a.hidden}#i(e,n=!0){this.#a.hidden=!e,this.#e.unpoint(),this.#o.setAttribute("aria-expanded",String(e)),n&&(x(R,e),e||this.#o.focus())}show(e){let n=this.#t.get(e)??this.#u(e);n.firstElementChild?.replaceChildren(...C(e)),n.open&&this.#c(n,e),this.#o.classList.toggle("bad",e.isFailure??!1),e.sequence&&(this.#n.textContent=e.sequence),this.#p()}forget(e){this.#t.get(e)?.remove(),this.#t.delete(e),this.#p()}#u(e){let n=i("details",{toggle:()=>n.open&&this.#c(n,e)},i("summary"));return this.#t.set(e,n),this.#l.prepend(n),n}#c(e,n){for(;e.children[1];)e.children[1].remove();e.append(...z(n,this.#e).filter(o=>o!==void 0))}#p(){this.#r.textContent=String(this.#t.size),this.#s.hidden=this.#t.size>0}};var B="twofold:panel:log",{dataset:S}=document.querySelector("script[data-panel]"),P=new b,j=new y(()=>d.clear()),d=new m(t=>j.show(t),t=>j.forget(t)),_=new WeakMap,c=(t,e)=>addEventListener("twofold:"+t,n=>e(n.detail,n.target??window));function $(t,e){let n=_.get(t);n&&d.change(n,e)}var J=t=>/[?&]\/([^=&]+)(?:&|$)/.exec(t instanceof Element&&t.getAttribute("action")||"")?.[1]??"a form of the page",E=(t,e)=>_.set(t,d.add({kind:"call",name:J(t),...e}));function A(t){for(let{key:e,tags:n}of t?.regions??[])P.read(e,n)}c("data",(t,e)=>E(e,{status:200}));c("redirect",({redirect:t},e)=>E(e,{status:200,note:"to "+t}));c("failure",({failure:t,status:e},n)=>E(n,{status:e,note:`${t.code}: ${t.error}`,isFailure:!0}));c("fallback",({reason:t},e)=>d.add({kind:"fallback",name:J(e),note:t,isFailure:!0}));c("stale",({stale:t},e)=>$(e,{late:t.length}));c("gone",({gone:t},e)=>$(e,{gone:t.length}));c("sequence",({sequence:t},e)=>$(e,{sequence:t}));c("trace",({trace:t},e)=>{A(t),$(e,{trace:t,name:t.action})});c("pulled",t=>{let{trace:e,sequence:n,gone:o}=Object.assign({},...t);A(e),d.add({kind:"pull",name:location.pathname,status:200,trace:e,sequence:n,gone:o?.length})});M(d);S.live&&O(S.live,(t,e)=>d.add({kind:"live",name:"",sequence:t,tags:e&&P.of(e)}));d.restore(g(B));var D=S.panel?JSON.parse(S.panel):void 0;A(D);var[oe]=performance.getEntriesByType("navigation");d.add({kind:"page",name:location.pathname+location.search,status:oe?.responseStatus,trace:D});addEventListener("pagehide",()=>x(B,d.entries));
