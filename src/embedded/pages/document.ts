/** Returns a whole page. `body` is HTML; a wide one has room for addresses. */
export function document(title: string, body: string, { isWide = false } = {}): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
  <title>${title} · embedded Logto</title>
  <style>${STYLE}</style>
</head>
<body>
  <main${isWide ? ' class="wide"' : ''}>
    ${body}
  </main>
  <footer>Embedded Logto, for development and tests only</footer>
</body>
</html>
`
}

/** Escapes a text for HTML text and attribute values. */
export function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** The icon of every page, as SVG: a keyhole. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#5b34d6"/>' +
  '<path d="M16 7a5 5 0 0 0-2.6 9.3L12 25h8l-1.4-8.7A5 5 0 0 0 16 7z" fill="#fff"/></svg>'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1b22; --soft: #5b5966; --line: #8a8797; --page: #f3f1f8; --card: #fff;
  --accent: #5b34d6; --on-accent: #fff; --error: #a8132f; --error-page: #fdecef }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f0f7; --soft: #b5b2c0; --line: #7d7a8a; --page: #15141a;
  --card: #201f27; --accent: #a78bff; --on-accent: #15141a; --error: #ffb3c0; --error-page: #3b1720 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-content: center; justify-items: center;
  gap: 1rem; padding: 1rem; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: min(26rem, calc(100vw - 2rem)); background: var(--card); padding: 2rem; border-radius: 1rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / .1), 0 12px 40px rgb(50 30 120 / .12) }
main.wide { width: min(44rem, calc(100vw - 2rem)) }
h1, p, li, code { overflow-wrap: anywhere }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; letter-spacing: -.01em }
h2 { margin: 1.25rem 0 .25rem; font-size: 1rem }
p, ul { margin: .25rem 0 }
ul { padding-left: 1.25rem }
code { font: .9rem/1.5 ui-monospace, monospace; padding: .1rem .3rem; border-radius: .3rem; background: var(--page) }
pre { margin: .5rem 0; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--page);
  white-space: pre-wrap; overflow-wrap: anywhere }
pre code { padding: 0 }
.slip { margin: .5rem 0; color: var(--soft) }
.accounts { margin-top: 1.5rem; padding-top: .25rem; border-top: 1px solid var(--line) }
.accounts table { width: 100%; border-collapse: collapse }
.accounts th, .accounts td { padding: .2rem 0; text-align: left; font-weight: 400; overflow-wrap: anywhere }
.accounts thead th { color: var(--soft); font-size: .85rem }
.lead { margin: .35rem 0 1.5rem; color: var(--soft) }
.lead strong { color: var(--ink) }
form { display: grid; gap: .4rem }
label { font-weight: 600; margin-top: .5rem }
input:not([type=hidden]) { font: inherit; color: inherit; background: transparent; padding: .7rem .8rem; width: 100%;
  border: 1px solid var(--line); border-radius: .6rem }
input[aria-invalid] { border-color: var(--error) }
button { font: inherit; font-weight: 600; padding: .7rem; margin-top: 1rem; border: 1px solid transparent; border-radius: .6rem; cursor: pointer;
  background: var(--accent); color: var(--on-accent) }
button.quiet { margin-top: 0; background: transparent; color: var(--soft) }
button:hover { filter: brightness(1.08) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.error { margin: 0 0 1rem; padding: .7rem .9rem; border-radius: .6rem; background: var(--error-page); color: var(--error) }
.other { margin: 1rem 0 0; text-align: center; color: var(--soft) }
.wide .other { text-align: left }
a { color: var(--accent); font-weight: 600 }
footer { color: var(--soft); font-size: .85rem; text-align: center }
`
