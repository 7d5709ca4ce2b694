// Must be the first import of the page. With LANG=C.UTF-8 WebKitGTK reports a language that Intl
// refuses, and every library that formats a number at load time leaves the window blank.
try {
  new Intl.NumberFormat(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true })
  Object.defineProperty(navigator, 'languages', { value: ['en'], configurable: true })
}
export {}
