/** Pages that are not of the application at `http://app.test`, however they are spelt: nobody comes back to one. */
export function foreignPages(origin: string): (string | URL)[] {
  return [
    `blob:${origin}/8c1b2f8e-0000-4000-8000-000000000000`,
    `BLOB:${origin}/x`,
    `b\tlob:${origin}/x`,
    `filesystem:${origin}/temporary/x`,
    'javascript:alert(1)',
    `javascript:${origin}/%0aalert(1)`,
    'data:text/html,x',
    'about:blank',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '\n//evil.example',
    'https://app.test/',
    'http://app.test:8080/',
    'http://app.test.evil.example/',
    'http://app.test@evil.example/',
    'http://alice@app.test/',
    'http://alice:secret@app.test/',
    'http://app.test\uff0f@evil.example/',
    'ws://app.test/',
    new URL(`blob:${origin}/x`),
  ]
}
