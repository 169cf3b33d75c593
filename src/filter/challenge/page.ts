// The page that a browser gets in place of an answer: it needs nothing from anywhere, and reads well without sight, colours or motion.
import { SCRIPT } from './script.js'

const STYLE = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}h1{font-size:1.4rem}progress{width:100%;height:.75rem}button{font:inherit;padding:.4rem 1rem}[hidden]{display:none}`

export function challengePage(challenge: string, difficulty: number, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Checking your browser</title>
<style nonce="${nonce}">${STYLE}</style>
<main data-challenge="${challenge}" data-bits="${difficulty}">
<h1>Checking your browser</h1>
<p role="status">This takes a moment. Nothing is asked of you, and the page loads by itself.</p>
<progress max="1" value="0" aria-label="Progress of the check"></progress>
<p><button type="button" hidden>Try again</button></p>
<noscript><p>This site asks browsers for a small computation before it answers, to keep out programs that ask for very much. It needs JavaScript; please allow it for this site.</p></noscript>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</html>
`
}

/** The policy of the page: its own script and style, and asking this origin. */
export function pagePolicy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`
}
