// Generated from client/ by `npm run generate`; a test checks that it is up to date.

export const SCRIPT: string = `"use strict";(()=>{function fillImages(within,images2){for(let image of within.querySelectorAll("img[data-image]")){let uri=images2[Number(
image.dataset.image)];typeof uri=="string"?(image.decoding="async",image.src=uri,image.removeAttribute("data-image")):image.
replaceWith(noImage(image.className))}}function imageOf(number,alt,images2){let uri=typeof number=="number"?images2[number]:
null;if(typeof uri!="string")return noImage("thumb");let image=document.createElement("img");return image.className="thu\\
mb",image.decoding="async",image.alt=alt,image.src=uri,image}function noImage(kind){return element("span",{className:\`\${kind}\\
 none\`,ariaHidden:"true"})}function element(name,properties={},...children){let made=Object.assign(document.createElement(
name),properties);return made.append(...children),made}var STEP=48,ARROWS={ArrowUp:[-1,0],ArrowDown:[1,0],ArrowLeft:[0,-1],ArrowRight:[0,1]};function confusionMatrices(payload2,images2){
for(let[i,head]of payload2.heads.entries()){let matrix=document.querySelector(\`.matrix[data-head="\${i}"]\`),behind=document.
querySelector(\`.behind[data-head="\${i}"]\`);matrix&&behind&&openCells(matrix,behind,head,images2)}}function openCells(matrix,behind,head,images2){
let buttons=[...matrix.querySelectorAll("button")],current=buttons.find(button=>button.classList.contains("miss"))??buttons[0];
for(let button of buttons)button.tabIndex=button===current?0:-1;let choose=button=>{current&&(current.tabIndex=-1),current=
button,button.tabIndex=0};matrix.addEventListener("keydown",event=>{let button=event.target.closest("button"),arrow=ARROWS[event.
key];if(event.key==="Escape"&&close(behind,buttons),!button||!arrow)return;event.preventDefault();let next=neighbor(button,
arrow);next&&(choose(next),next.focus())}),matrix.addEventListener("click",event=>{let button=event.target.closest("butt\\
on");if(!button)return;choose(button);let open=button.getAttribute("aria-pressed")==="true";close(behind,buttons),!open&&
(button.setAttribute("aria-pressed","true"),list(button,head,images2,behind,()=>{close(behind,buttons),button.focus()}))})}
function close(behind,buttons){behind.replaceChildren();for(let button of buttons)button.removeAttribute("aria-pressed")}
function neighbor(from,[down,right]){let cell=from.closest("td"),row=cell?.parentElement,body=row?.parentElement;if(!cell||
!row||!body)return null;let[r,c]=[row.sectionRowIndex+down,cell.cellIndex+right];for(;r>=0&&c>0;r+=down,c+=right){let next=body.
rows[r]?.cells[c];if(!next)return null;let button=next.querySelector("button");if(button)return button}return null}function list({
dataset,textContent:total},{classes,rows},images2,behind,onClose){let[truth,predicted]=[Number(dataset.t),Number(dataset.
p)],found=rows.id.flatMap((_,i)=>rows.truth[i]===truth&&rows.predicted[i]===predicted?[i]:[]),name=index=>element("bdi",
{},classes[index]??String(index)),heading=element("h3",{});truth===predicted?heading.append(name(truth),", correct"):heading.
append(name(truth)," predicted as ",name(predicted));let isWhole=found.length===Number(total.replaceAll(",","")),number=found.
length===0?"not listed in this file":isWhole?\`\${total} image\${found.length===1?"":"s"}\`:\`\${found.length} of \${total} ima\\
ges are listed in this file\`;heading.append(element("span",{className:"muted"},\` \${number}\`));let shut=element("button",
{type:"button",className:"quiet"},"Close");shut.addEventListener("click",onClose);let cards=element("ul",{className:"car\\
ds"}),more=element("button",{type:"button"},\`Show \${STEP} more\`),shown=0,add=()=>{for(let i of found.slice(shown,shown+STEP))
cards.append(card(i));shown=Math.min(found.length,shown+STEP),more.hidden=shown>=found.length},card=i=>{let id=rows.id[i]??
"",confidence=rows.confidence[i],fold=rows.fold[i],detail=element("span",{className:"id"},element("bdi",{},id));typeof fold==
"string"&&detail.append(" \\xB7 fold ",element("bdi",{},fold));let verdict=element("span",{className:"verdict"});return truth!==
predicted&&verdict.append(name(truth)," ",element("span",{className:"arrow",ariaHidden:"true"})," "),verdict.append(element(
"b",{className:truth===predicted?"right":"wrong"},name(predicted))),typeof confidence=="number"&&verdict.append(element(
"span",{className:"muted"},\` \${confidence>=995&&confidence<1e3?">99":(confidence/10).toFixed(0)}\\xA0%\`)),element("li",{},
element("figure",{className:"card"},imageOf(rows.image[i],id,images2),element("figcaption",{},verdict,detail)))};more.addEventListener(
"click",add),add(),behind.replaceChildren(element("div",{className:"behind-head"},heading,shut),cards,more),behind.scrollIntoView(
{block:"nearest"})}function copyButtons(){for(let button of document.querySelectorAll("button[data-copy]"))navigator.clipboard&&(button.hidden=
!1,button.addEventListener("click",()=>{let text=button.parentElement?.querySelector("code")?.textContent??"";navigator.
clipboard.writeText(text).then(()=>{button.textContent="Copied"},()=>{button.textContent="Not copied"})}))}var KINDS=[color2=>({fill:color2,stroke:color2,dash:void 0}),color2=>({fill:"var(--surface)",stroke:color2,dash:void 0}),
color2=>({fill:color2,stroke:"var(--ink)",dash:void 0}),color2=>({fill:"var(--ink)",stroke:color2,dash:void 0}),color2=>({
fill:"var(--surface)",stroke:color2,dash:"2 1.5"})];function color(index){return index<0?"var(--muted)":\`var(--c\${index%
20})\`}function encoding(index){let kind=index<0?0:Math.floor(index/20)%KINDS.length;return KINDS[kind](color(index))}var MAX_DISTANCE=14;function featureMap({map},images2){let box=document.getElementById("map-box"),frame=document.getElementById(
"map-frame"),tip=document.getElementById("map-tip"),status=document.getElementById("map-status"),svg=frame?.querySelector(
"svg");if(!map||!box||!frame||!tip||!status||!svg)return;let dots=[...svg.querySelectorAll("circle")],by=box.querySelector(
'input[name="color-by"]:checked')?.value,paint=()=>{let values=by===void 0?void 0:map.by[by]?.value,chosen=new Set([...box.
querySelectorAll(\`[data-legend="\${by}"] [aria-pressed="true"]\`)].map(button=>Number(button.dataset.value)));for(let[i,dot]of dots.
entries()){let value=values?.[i]??-1,{fill,stroke,dash}=encoding(value);dot.setAttribute("fill",fill),dot.setAttribute("\\
stroke",stroke),dash===void 0?dot.removeAttribute("stroke-dasharray"):dot.setAttribute("stroke-dasharray",dash),dot.classList.
toggle("dim",chosen.size>0&&!chosen.has(value))}};paint(),box.addEventListener("change",event=>{let input=event.target;if(input.
name==="color-by"){by=input.value;for(let legend of box.querySelectorAll("[data-legend]"))legend.hidden=legend.dataset.legend!==
by;paint()}}),box.addEventListener("click",event=>{let button=event.target.closest("[data-legend] button");button&&(button.
setAttribute("aria-pressed",String(button.getAttribute("aria-pressed")!=="true")),paint())});let at=-1,show=index=>{dots[at]?.
classList.remove("here"),at=index;let dot=dots[index];if(tip.hidden=dot===void 0,!dot)return;dot.classList.add("here");let facts=Object.
keys(map.by).flatMap(kind=>{let column=map.by[kind],name=column?.names[column.value[index]??-1];return name===void 0?[]:
[\`\${kind} \${name}\`]}),id=map.id[index]??\`image \${index+1}\`;tip.replaceChildren(...map.image[index]===null?[]:[imageOf(map.
image[index],"",images2)],element("bdi",{className:"id"},id),...facts.map(fact=>element("bdi",{},fact)));let[inner,outer]=[
dot.getBoundingClientRect(),frame.getBoundingClientRect()],left=inner.left-outer.left+12;tip.style.left=\`\${Math.max(0,Math.
min(left,outer.width-tip.offsetWidth-4))}px\`,tip.style.top=\`\${Math.max(0,Math.min(inner.top-outer.top+12,outer.height-tip.
offsetHeight-4))}px\`,status.textContent=[id,...facts].join(", ")},point=event=>{let frameAt=svg.getBoundingClientRect(),
scale=svg.viewBox.baseVal.width/frameAt.width,[x,y]=[(event.clientX-frameAt.left)*scale,(event.clientY-frameAt.top)*scale],
[nearest,best]=[-1,(MAX_DISTANCE*scale)**2];for(let[i,dot]of dots.entries()){let distance=(dot.cx.baseVal.value-x)**2+(dot.
cy.baseVal.value-y)**2;distance<best&&([nearest,best]=[i,distance])}nearest!==at&&show(nearest)};svg.addEventListener("p\\
ointermove",point),svg.addEventListener("pointerdown",point),svg.addEventListener("pointerleave",event=>{event.pointerType===
"mouse"&&show(-1)}),frame.addEventListener("keydown",event=>{let step={ArrowRight:1,ArrowDown:1,ArrowLeft:-1,ArrowUp:-1}[event.
key];event.key==="Escape"&&show(-1),!(step===void 0||dots.length===0)&&(event.preventDefault(),show((at+step+dots.length)%
dots.length))}),frame.addEventListener("blur",()=>show(-1))}function patchText(entries){let lines=entries.map(entry=>\`    \${JSON.stringify(entry)}\`);return\`{
  "format": "podium-patch/1",
  "entries": \${lines.length===0?"[]":\`[
\${lines.join(\`,
\`)}
  ]\`}
}
\`}function labelPatch({issues,patchName}){let form=document.getElementById("patch-form"),all=document.getElementById("patc\\
h-all"),count=document.getElementById("patch-count"),save=document.getElementById("patch-save");if(!form||!count||!save)
return;let boxes=[...form.querySelectorAll("input[data-issue]")],ticked=()=>boxes.filter(box=>box.checked),update=()=>{let number=ticked().
length;count.textContent=number===0?"None ticked":\`\${number} of \${boxes.length} ticked\`,save.disabled=number===0,all&&(all.
checked=number===boxes.length,all.indeterminate=number>0&&number<boxes.length)};form.addEventListener("change",event=>{if(all&&
event.target===all)for(let box of boxes)box.checked=all.checked;update()}),form.addEventListener("submit",event=>{event.
preventDefault();let entries=ticked().flatMap(box=>{let index=Number(box.dataset.issue),action=form.querySelector(\`selec\\
t[data-action="\${index}"]\`)?.value,issue=issues[index];return issue===void 0?[]:[entryOf(issue,action)]});download(patchName,
patchText(entries)),count.textContent=\`Saved \${entries.length} as \${patchName}\`}),update()}function entryOf({id,head,given,
suggested,quality,manifestRow},action){let reason=\`label quality \${quality.toFixed(3)}; chosen in the report\`;return action===
"drop"&&manifestRow!==void 0?{action:"drop",id,old:manifestRow,reason}:{action:"relabel",id,head,old:given,new:action===
"unlabel"?null:suggested,reason}}function download(name,text){let url=URL.createObjectURL(new Blob([text],{type:"applica\\
tion/json"})),link=document.createElement("a");link.href=url,link.download=name,link.click(),setTimeout(()=>URL.revokeObjectURL(
url),1e4)}function markContents(){let links=new Map([...document.querySelectorAll(".contents a")].map(link=>[link.hash.slice(1),link])),
seen=new Set,observer=new IntersectionObserver(entries=>{for(let{target,isIntersecting}of entries)isIntersecting?seen.add(
target.id):seen.delete(target.id);let first=[...links.keys()].find(id=>seen.has(id));for(let[id,link]of links)id===first?
link.setAttribute("aria-current","true"):link.removeAttribute("aria-current")},{rootMargin:"-25% 0px -74% 0px"});for(let section of document.
querySelectorAll("main section"))observer.observe(section)}function openForPrint(){let opened=[];addEventListener("beforeprint",()=>{opened=[...document.querySelectorAll("details:\\
not([open])")];for(let details of opened)details.open=!0}),addEventListener("afterprint",()=>{for(let details of opened)
details.open=!1;opened=[]})}function read(id){return JSON.parse(document.getElementById(id)?.textContent??"null")}var payload=read("podium-data"),images=read(
"podium-images")??[];function scrollBoxes(){let update=box=>{let room=box.scrollWidth-box.clientWidth;box.tabIndex=room>0?0:-1;let frame=box.
parentElement;if(!frame)return;let at=Math.abs(box.scrollLeft),sides=[...at>1?["start"]:[],...at<room-1?["end"]:[]];room>
1?frame.dataset.more=sides.join(" "):delete frame.dataset.more},observer=new ResizeObserver(entries=>{for(let{target}of entries){
let box=target.closest(".scroll");box&&update(box)}});for(let box of document.querySelectorAll(".scroll"))observer.observe(
box),box.firstElementChild&&observer.observe(box.firstElementChild),box.addEventListener("scroll",()=>update(box),{passive:!0})}var numbers=new Intl.Collator("en",{numeric:!0});function sortableTables(){for(let table of document.querySelectorAll("t\\
able[data-sortable]"))for(let head of table.tHead?.rows[0]?.cells??[]){let button=document.createElement("button");button.
type="button",button.className="sort",button.append(...head.childNodes),head.append(button),button.addEventListener("cli\\
ck",()=>sort(table,head))}}function sort(table,head){let body=table.tBodies[0];if(!body)return;let direction=head.getAttribute(
"aria-sort")==="ascending"?"descending":"ascending";for(let other of head.parentElement?.children??[])other.removeAttribute(
"aria-sort");head.setAttribute("aria-sort",direction);let sign=direction==="ascending"?1:-1,column=head.cellIndex,rows=[
...body.rows].map(row=>{let cell=row.cells[column];return{row,key:cell?.dataset.value??cell?.textContent??""}});rows.sort(
(a,b)=>{let difference=Number.parseFloat(a.key)-Number.parseFloat(b.key);return sign*(Number.isNaN(difference)?numbers.compare(
a.key,b.key):difference)}),body.append(...rows.map(({row})=>row))}var THEMES=["auto","light","dark"],WORDS={auto:"Theme: auto",light:"Theme: light",dark:"Theme: dark"},KEY="podium-theme";
function themeButton(){let button=document.getElementById("theme");if(!button)return;let theme=THEMES.find(name=>name===
stored())??"auto",show=()=>{theme==="auto"?delete document.documentElement.dataset.theme:document.documentElement.dataset.
theme=theme,button.textContent=WORDS[theme]};button.hidden=!1,button.addEventListener("click",()=>{theme=THEMES[(THEMES.
indexOf(theme)+1)%THEMES.length]??"auto";try{localStorage.setItem(KEY,theme)}catch{}show()}),show()}function stored(){try{
return localStorage.getItem(KEY)}catch{return null}}themeButton();fillImages(document,images);confusionMatrices(payload,images);labelPatch(payload);featureMap(payload,images);
sortableTables();copyButtons();scrollBoxes();markContents();openForPrint();})();
`;

export const STYLE: string = `:root{color-scheme:light dark;--bg: light-dark(#f7f6f3, #131417);--surface: light-dark(#ffffff, #1b1d21);--ink: light-dark(#1d1c1a,
#ecebe7);--muted: light-dark(#5d5a54, #a9a69e);--line: light-dark(#e3dfd7, #31343b);--accent: light-dark(#2f54c0, #8fb0ff);
--on-accent: light-dark(#ffffff, #10131c);--bad: light-dark(#b3261e, #ff9a8f);--bad-soft: light-dark(#fdecea, #3a2020);--warn:
light-dark(#8a5300, #f4bd62);--warn-soft: light-dark(#fff4dc, #352a14);--good: light-dark(#1f6d3a, #7fd69a);--soft: light-dark(#eef2fd,
#20263a);--c0: light-dark(#3b62c9, #6f97ff);--c1: light-dark(#c06a00, #f2b544);--c2: light-dark(#cf3f52, #ff8a80);--c3: light-dark(#1c8579,
#63d2c0);--c4: light-dark(#57861a, #a4cf5a);--c5: light-dark(#b5569e, #f29ad6);--c6: light-dark(#7b4fd0, #bf9dff);--c7: light-dark(#1f86b5,
#7cc8f0);--c8: light-dark(#8a5a3c, #c99b7a);--c9: light-dark(#6c7078, #a9adb5);--c10: light-dark(#14207c, #2f9e2f);--c11:
light-dark(#6b0f57, #d0209c);--c12: light-dark(#e524e0, #6f82b0);--c13: light-dark(#0b5a1d, #d2541a);--c14: light-dark(#2222e6,
#8a4bf5);--c15: light-dark(#1b5274, #f25df2);--c16: light-dark(#8c1208, #f4f03c);--c17: light-dark(#ff5a3c, #00a090);--c18:
light-dark(#9088e8, #35f03a);--c19: light-dark(#4a3b2a, #8f7a1f);--mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo,
Consolas, "Liberation Mono", monospace}:root[data-theme=light]{color-scheme:light}:root[data-theme=dark]{color-scheme:dark}
*{box-sizing:border-box}html{scroll-padding-top:1rem;text-size-adjust:100%}body{margin:0;background:var(--bg);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,Segoe UI,Roboto,Noto Sans,Liberation Sans,sans-serif;overflow-wrap:anywhere}h1,h2,
h3{line-height:1.2;text-wrap:balance}h1{margin:0;font-size:clamp(1.5rem,1.1rem + 1.8vw,2.1rem);letter-spacing:-.015em}h2{
margin:0 0 .6rem;font-size:1.35rem;letter-spacing:-.01em}h3{margin:1.4rem 0 .4rem;font-size:1rem}p{margin:0 0 .8rem}a{color:var(--accent)}
button,select,input{font:inherit;color:inherit}button,select{border:1px solid var(--line);border-radius:8px;padding:.3rem
.75rem;background:var(--surface)}button{flex:none;cursor:pointer;overflow-wrap:normal}button:hover:not(:disabled){border-color:var(--accent)}
button:disabled{opacity:.55;cursor:default}:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
input[type=checkbox],input[type=radio]{accent-color:var(--accent);inline-size:1.05rem;block-size:1.05rem;flex:none;margin:0}
figure{margin:0}.hidden{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.muted{color:var(--muted)}.good{color:var(--good)}.wrong{color:var(--bad)}.right{color:var(--good)}.arrow{display:inline-block;
inline-size:1em;block-size:.6em;background:var(--muted);clip-path:polygon(0 40%,62% 40%,62% 0,100% 50%,62% 100%,62% 60%,0
60%)}:dir(rtl)>.arrow{scale:-1 1}.skip{position:absolute;inset:0 auto auto -999px;padding:.5rem 1rem;background:var(--surface)}
.skip:focus{inset-inline-start:0;z-index:9}.top{display:flex;gap:1rem;justify-content:space-between;align-items:flex-start;
max-width:1280px;margin:0 auto;padding:2rem 1.5rem 1rem}.kicker{margin:0 0 .3rem;color:var(--accent);font-size:.8rem;font-weight:600;
letter-spacing:.06em;text-transform:uppercase}.subtitle{margin:.3rem 0 0;color:var(--muted)}.theme{flex:none;font-size:.85rem;
white-space:nowrap}.layout{display:grid;grid-template-columns:12.5rem minmax(0,1fr);gap:2rem;max-width:1280px;margin:0 auto;
padding:0 1.5rem 4rem}.contents ol{position:sticky;top:1rem;max-height:calc(100vh - 2rem);overflow:auto;margin:0;padding:0;
list-style:none;font-size:.9rem}.contents a{display:block;padding:.3rem .6rem;border-radius:6px;color:var(--muted);text-decoration:none}
.contents a[aria-current]{background:var(--soft);color:var(--ink);font-weight:600}.contents a:hover{background:var(--soft);
color:var(--ink)}main:focus{outline:none}section{margin:0 0 1.5rem;padding:1.5rem;border:1px solid var(--line);border-radius:14px;
background:var(--surface)}.lead{max-width:68ch;color:var(--muted)}.lead b{color:var(--ink)}.warnings{margin:0 0 1.2rem;padding:.9rem
1.1rem;border:1px solid var(--warn);border-radius:10px;background:var(--warn-soft)}.warnings h3{margin:0 0 .3rem;color:var(--warn)}
.warnings ul,.callout ul{margin:0;padding-inline-start:1.2rem}.hero{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,360px);
gap:1rem 2rem;align-items:center}.metric{margin:0;font-weight:600}.metric .note{display:block;color:var(--muted);font-size:.9rem;
font-weight:400}.big{margin:.1rem 0;font-size:clamp(3.2rem,2.4rem + 4vw,4.8rem);font-weight:700;line-height:1.05;letter-spacing:-.035em;
font-variant-numeric:tabular-nums}.interval,.test{margin:0 0 .25rem;font-variant-numeric:tabular-nums}.submission{margin:.7rem
0 0;color:var(--muted);font-size:.95rem}.facts{display:flex;flex-wrap:wrap;gap:.6rem 2.2rem;margin:1.2rem 0 0;padding:1rem
0 0;border-top:1px solid var(--line)}.facts dt{color:var(--muted);font-size:.85rem}.facts dd{margin:0;font-size:1.1rem;font-weight:600;
font-variant-numeric:tabular-nums}.callout{margin:1.2rem 0 0;padding:1rem 1.2rem;border-radius:10px;background:var(--soft)}
.callout>:last-child{margin-bottom:0}.callout h3{margin:0 0 .4rem}.callout p,.callout li{max-width:75ch}.callout li{margin-block:.25rem}
.chart{display:block;max-width:100%;height:auto}.chart text{font-size:12px;font-variant-numeric:tabular-nums}.charts{display:grid;
grid-template-columns:repeat(auto-fit,minmax(min(100%,260px),1fr));gap:1.2rem}.charts figcaption{margin-bottom:.4rem}.side{
display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:1rem 2rem;align-items:start}.legend{
display:flex;flex-wrap:wrap;gap:.3rem 1rem;margin:.6rem 0 0;padding:0;list-style:none;font-size:.88rem}.legend li{display:flex;
align-items:center;gap:.4rem}.legend button{display:flex;align-items:center;gap:.4rem;padding:.1rem .55rem;border-radius:99px;
font-size:.88rem}.legend button[aria-pressed=true]{border-color:var(--ink);background:var(--soft)}.legend.many{max-block-size:14rem;
overflow-y:auto}.swatch{flex:none;inline-size:.8rem;block-size:.8rem;overflow:visible}.key{flex:none;background:var(--accent)}
.key.dot{inline-size:10px;block-size:10px;border-radius:50%}.key.ring{inline-size:10px;block-size:10px;border:2px solid var(--accent);
border-radius:50%;background:var(--surface)}.key.bar{inline-size:20px;block-size:9px;border-radius:5px;opacity:.3}.key.tick{
inline-size:3px;block-size:15px}.key.ink{background:var(--ink)}.key.diamond{inline-size:9px;block-size:9px;background:var(--ink);
rotate:45deg}.strip .legend{margin-inline-start:62px}.scroll-frame{position:relative;max-width:100%}.scroll{max-width:100%;
overflow-x:auto}figure+.scroll-frame{margin-top:1rem}.legend+.scroll-frame{margin-top:1rem}.scroll-frame[data-more]:before{
content:"Scroll sideways to see all columns.";display:block;padding:.15rem .5rem;border-inline-start:3px solid var(--accent);
background:var(--soft);color:var(--ink);font-size:.8rem}.scroll-frame[data-more~=end]:after{content:"";position:absolute;
inset-block:1.5rem 0;inset-inline-end:0;inline-size:2.2rem;background:linear-gradient(to right,transparent,var(--surface));
border-inline-end:3px solid var(--accent);pointer-events:none}@media(scripting:none)and (max-width:640px){.scroll-frame:before{
content:"Wide tables scroll sideways.";color:var(--muted);font-size:.8rem}}table{border-collapse:collapse;font-size:.92rem;
font-variant-numeric:tabular-nums}.scroll>table:not(.matrix){min-width:min(100%,24rem)}th,td{padding:.35rem .9rem .35rem
0;text-align:start;overflow-wrap:normal}tbody tr{border-top:1px solid var(--line)}thead th{color:var(--muted);font-weight:500;
vertical-align:bottom}tbody th{font-weight:500}td:last-child,th:last-child{padding-inline-end:.2rem}.number{text-align:end;
white-space:nowrap}.sentence{min-inline-size:min(15rem,60vw);overflow-wrap:anywhere}tr:has(>.sentence)>*{vertical-align:top}
.sort{white-space:nowrap;padding:0;border:0;background:none;color:inherit;font-weight:inherit}.sort:after{content:" \\2195";
opacity:.6}[aria-sort=ascending] .sort:after{content:" \\2191";opacity:1}[aria-sort=descending] .sort:after{content:" \\2193";
opacity:1}.meter{display:inline-block;min-width:5.5rem;padding:.05rem .3rem;border-radius:4px;background:linear-gradient(to
right,color-mix(in srgb,var(--accent) 22%,transparent) calc(var(--v) * 100%),transparent 0)}.shade{background:color-mix(in
srgb,var(--c1) calc(var(--v) * 60%),transparent)}details{margin-top:.9rem}summary{cursor:pointer;color:var(--accent);font-weight:500}
details>:not(summary){margin-top:.6rem}code,pre{font-family:var(--mono);font-size:.88em}.command{display:flex;flex-wrap:wrap;
gap:.6rem;align-items:flex-start}pre{flex:1 1 16rem;margin:0;padding:.7rem .9rem;border-radius:8px;background:var(--soft);
white-space:pre-wrap}.findings{margin:0;padding:0;list-style:none}.findings li{padding:.8rem 0 .8rem 1rem;border-inline-start:4px
solid var(--line)}.findings li+li{margin-top:.8rem}.findings p{margin:0}.findings .fix{margin-top:.2rem;color:var(--muted)}
.findings .error{border-color:var(--bad)}.findings .warning{border-color:var(--warn)}.chip{margin-inline-end:.3rem;padding:.1rem
.5rem;border-radius:99px;background:var(--soft);font-size:.8rem;font-weight:600}.error .chip{background:var(--bad-soft);
color:var(--bad)}.warning .chip{background:var(--warn-soft);color:var(--warn)}.thumbs{display:flex;flex-wrap:wrap;gap:.4rem;
margin-top:.6rem}.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,132px),1fr));gap:1rem .8rem;
margin:.8rem 0;padding:0;list-style:none}.cards.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,200px),1fr))}
.thumb{display:block;inline-size:100%;aspect-ratio:1;object-fit:cover;border-radius:8px;outline:1px solid var(--line);outline-offset:-1px;
background:var(--soft)}.thumbs .thumb{inline-size:72px}.tip .thumb{inline-size:110px;margin-bottom:.3rem}.none{background:repeating-linear-gradient(45deg,var(--soft)
0 8px,transparent 8px 16px)}.card figcaption{display:flex;flex-direction:column;gap:.15rem;margin-top:.35rem;font-size:.86rem;
line-height:1.35}.id{color:var(--muted);font-family:var(--mono);font-size:.75rem}.issue select{max-width:100%;margin-top:.3rem;
padding:.2rem .4rem;font-size:.82rem}.issue:has(:checked[type=checkbox]) .thumb{outline:3px solid var(--accent);outline-offset:2px}
.check{display:flex;gap:.5rem;align-items:flex-start;cursor:pointer}.patch-bar{position:sticky;top:0;z-index:2;display:flex;
flex-wrap:wrap;gap:.5rem 1.2rem;align-items:center;padding:.6rem 0;border-bottom:1px solid var(--line);background:var(--surface)}
.patch-bar .check{align-items:center}.primary:not(:disabled){border-color:var(--accent);background:var(--accent);color:var(--on-accent)}
.patch-bar .primary{margin-inline-start:auto}.quiet{font-size:.85rem}.stack{position:relative;overflow:hidden;border-radius:8px}
.image{display:block;inline-size:100%;background:var(--soft)}.image.none{aspect-ratio:1}.overlay{position:absolute;inset:0;
inline-size:100%;block-size:100%}.heat{filter:blur(.55px)}.overlays:has(.overlay-toggle:not(:checked)) .overlay{visibility:hidden}
.overlays:has(.overlay-toggle:checked) .stack:has(.overlay) .image{filter:grayscale(.9)}.steps{display:flex;flex-wrap:wrap;
gap:.4rem;margin:0 0 1rem;padding:0;list-style:none;counter-reset:step}.step{counter-increment:step;padding:.15rem .6rem;
border:1px solid var(--line);border-radius:8px;font-size:.88rem}.step:before{content:counter(step) ". ";color:var(--muted)}
.versions{margin-top:1rem}.version-list{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,132px),1fr));
gap:.6rem;margin:0 0 .3rem;padding:0;list-style:none}.version{position:relative}.contain{object-fit:contain}.original .contain{
outline:3px solid var(--accent);outline-offset:1px}.tag-line{position:absolute;inset-block-end:.3rem;inset-inline-start:.3rem;
padding:0 .4rem;border-radius:5px;background:var(--accent);color:var(--on-accent);font-size:.78rem}.head+.head{margin-top:1.6rem;
padding-top:.4rem;border-top:1px solid var(--line)}.head-name{color:var(--accent)}.matrix-box{padding-bottom:.4rem}.matrix{
border-collapse:separate;border-spacing:2px}.matrix tbody tr{border:0}.matrix td,.matrix th{padding:0}.matrix td{min-inline-size:2.4rem;
inline-size:2.9rem;block-size:2.2rem;border-radius:4px;background:color-mix(in srgb,var(--line) 35%,transparent)}.matrix
tbody th{position:sticky;inset-inline-start:0;z-index:1;padding-inline:0 .6rem;background:var(--surface);text-align:end;
white-space:nowrap}.matrix thead th{color:var(--ink);text-align:center}.matrix thead th>span{display:inline-block;writing-mode:vertical-rl;
rotate:180deg;white-space:nowrap}.matrix .corner{min-inline-size:6.5rem;background:none;color:var(--muted);font-size:.78rem;
text-align:end;vertical-align:bottom;padding-inline-end:.6rem}.matrix button{display:block;inline-size:100%;block-size:2.2rem;
padding:0;border:0;border-radius:4px;background:color-mix(in srgb,var(--tone) calc(var(--v) * 100%),var(--surface));font-variant-numeric:tabular-nums}
.matrix td:is(.hit,.miss){background:color-mix(in srgb,var(--tone) calc(var(--v) * 100%),var(--surface));text-align:center}
.matrix .hit{--tone: var(--accent)}.matrix .miss{--tone: var(--bad)}.matrix .strong{color:var(--on-accent)}.matrix button[aria-pressed=true]{
box-shadow:0 0 0 3px var(--ink)}.behind:not(:empty){margin-top:.8rem;padding:.9rem 1.1rem;border:1px solid var(--line);border-radius:10px}
.behind-head{display:flex;justify-content:space-between;gap:1rem;align-items:baseline}.behind-head h3{margin:0}.choice{display:flex;
flex-wrap:wrap;gap:.3rem 1.2rem;align-items:center;margin:0 0 .6rem;padding:0;border:0}.choice legend{float:inline-start;
padding:0;color:var(--muted)}.choice label{display:flex;gap:.4rem;align-items:center}.map-frame{position:relative;border:1px
solid var(--line);border-radius:10px}.map-frame .chart{margin:0 auto}.map-frame circle.dim{opacity:.08}.map-frame circle.here{
stroke:var(--ink);stroke-width:3px}.tip{position:absolute;z-index:2;display:flex;flex-direction:column;max-inline-size:180px;
padding:.5rem;border:1px solid var(--line);border-radius:8px;background:var(--surface);font-size:.82rem;line-height:1.35;
pointer-events:none;box-shadow:0 4px 16px #0003}.foot{max-width:1280px;margin:0 auto;padding:0 1.5rem 2rem;color:var(--muted);
font-size:.85rem}.versus{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem 2rem}.versus .big{font-size:clamp(2.2rem,1.6rem
+ 2.6vw,3.4rem)}.run-name{display:flex;gap:.5rem;align-items:baseline;margin:0;font-weight:600}.tag{flex:none;padding:0 .45rem;
border-radius:5px;background:var(--c);color:var(--surface);font-size:.85rem;font-weight:700}.up{color:var(--good)}.down{
color:var(--bad)}.legend[hidden],.tip[hidden]{display:none}@media(max-width:900px){.layout{display:block}.contents{margin:0
-1.5rem 1rem;overflow-x:auto;mask-image:linear-gradient(to right,black calc(100% - 2.5rem),transparent)}.contents ol{position:static;
display:flex;max-height:none;padding:0 1.2rem;overflow:visible;inline-size:max-content}}@media(max-width:640px){body{font-size:15px}
.top{padding:1.2rem 1rem .8rem}.layout{padding:0 .6rem 3rem}.contents{margin-inline:-.6rem}section{padding:1.1rem .9rem;
border-radius:12px}.hero{grid-template-columns:minmax(0,1fr)}.cards{grid-template-columns:repeat(auto-fill,minmax(min(100%,100px),1fr))}
.cards.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,150px),1fr))}.matrix tbody th{min-inline-size:6.5rem;
max-inline-size:6.5rem;overflow-wrap:anywhere;white-space:normal}.version-list{grid-template-columns:repeat(auto-fill,minmax(min(100%,96px),1fr))}}
@media print{:root{color-scheme:light}body{background:none;font-size:11pt}.contents,.theme,.skip,.patch-bar,.issue select,
.copy,.no-print{display:none}.layout{display:block;padding:0}section{padding:0 0 1rem;border:0}.scroll{overflow:visible}
.card,.matrix-box,tr,figure,.callout,.warnings{break-inside:avoid}h2,h3,.lead{break-after:avoid}.cards.wide{grid-template-columns:repeat(auto-fill,minmax(130px,1fr))}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;
