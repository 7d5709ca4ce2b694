// Keys in files under a passphrase, made and unlocked on the page of the head.
/** Of every key that a test makes. */
export const PASSPHRASE = 'correct horse battery'
/** Passphrases are stretched on purpose, which a debug build does slowly. */
export const SLOW = { timeout: 90_000 }

/** A name that no key of another run has. */
export const keyName = (name) => `${name}-${Date.now().toString(36)}`

export const cardOf = (page, key) => page.getByRole('article', { name: key })

/** Fills in the form of a new key, which `makeKey` then makes. */
export async function fillKey(page, key) {
  await page.getByRole('button', { name: 'Make a key…' }).click()
  await page.getByRole('textbox', { name: /^Name/ }).fill(key)
  await page.getByRole('radio', { name: /^A file under a passphrase/ }).check()
  await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(PASSPHRASE)
  await page.getByRole('textbox', { name: 'The same passphrase again' }).fill(PASSPHRASE)
}

export async function makeKey(page, key) {
  await page.getByRole('button', { name: 'Make the key' }).click()
  await cardOf(page, key).waitFor(SLOW)
}

export async function useKey(page, key) {
  await cardOf(page, key).getByRole('button', { name: 'Use for this case' }).click()
  await page.getByText(`Signed by ${key}.`).waitFor()
}

export async function unlock(page, key) {
  await page.getByLabel(`Passphrase of ${key}`).fill(PASSPHRASE)
  await cardOf(page, key).getByRole('button', { name: 'Unlock' }).click()
  await cardOf(page, key).getByText('ready', { exact: true }).waitFor(SLOW)
}
