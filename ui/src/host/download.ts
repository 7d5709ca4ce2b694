/** Has the browser download an address; under its own name where none is given. */
export function handToBrowser(address: string, name = ''): void {
  const anchor = document.createElement('a')
  anchor.href = address
  anchor.download = name
  anchor.click()
}
