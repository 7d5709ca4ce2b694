// As much of the WebDriver protocol as these tests need, on fetch. Source: W3C WebDriver 2.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
export const shots = join(import.meta.dirname, 'shots')

/** Starts the real window under WebKitWebDriver; `stop` ends driver, window and their children. */
export async function startWindow(binary, args) {
  const port = await freePort()
  const home = mkdtempSync(join(tmpdir(), 'casebook-e2e-'))
  const env = {
    ...process.env,
    // Without it the window never tells the driver that it is there.
    TAURI_WEBVIEW_AUTOMATION: 'true',
    NO_AT_BRIDGE: '1',
    // The language of containers, with which WebKitGTK once left the window blank.
    LANG: 'C.UTF-8',
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
  }
  // A group of its own: the window outlives its session, so the whole group is ended.
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], { env, detached: true, stdio: 'ignore' })
  const stop = () => {
    try {
      process.kill(-driver.pid, 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
  process.once('exit', stop)
  const base = `http://127.0.0.1:${port}`
  const send = async (method, path, body) => {
    const response = await fetch(base + path, {
      method,
      signal: AbortSignal.timeout(60_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const { value } = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`)
    return value
  }
  try {
    await until(() => send('GET', '/status'), 15_000, 'the driver')
    const { sessionId } = await send('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args } } },
    })
    return new Page((method, path, body) => send(method, `/session/${sessionId}${path}`, body), stop, home)
  } catch (error) {
    stop()
    throw error
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

/** Repeats until it neither throws nor answers false; gently, since asking slows the page. */
export async function until(work, ms, what) {
  const end = Date.now() + ms
  let last
  for (;;) {
    try {
      const value = await work()
      if (value !== false && value !== null && value !== undefined) return value
      last = new Error(`${what}: not in ${ms} ms`)
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`${what}: ${last.message}`)
    await pause(150)
  }
}

const KEYS = { Enter: '\uE007', Escape: '\uE00C', End: '\uE010', Home: '\uE011', ArrowDown: '\uE015', ArrowRight: '\uE014', Control: '\uE009', Shift: '\uE008', F6: '\uE036' }

class Page {
  constructor(send, stop, home) {
    Object.assign(this, { send, stop, home })
  }

  run(script, ...args) {
    return this.send('POST', '/execute/sync', { script, args })
  }

  text() {
    return this.run('return document.body.innerText')
  }

  /** Waits for words anywhere on the page. */
  sees(words, ms = 20_000) {
    return until(async () => (await this.text()).includes(words), ms, `"${words}"`).catch(async (error) => {
      throw new Error(`${error.message}\n--- the page says ---\n${await this.text()}`)
    })
  }

  /** An element by selector and, where given, a part of its text or label. */
  async find(selector, words = '', ms = 10_000) {
    return until(
      () =>
        this.run(
          `return [...document.querySelectorAll(arguments[0])].find((e) => (e.innerText + (e.ariaLabel ?? '')).includes(arguments[1]) && e.getClientRects().length > 0) ?? null`,
          selector,
          words,
        ),
      ms,
      `${selector} "${words}"`,
    )
  }

  async click(selector, words) {
    const element = await this.find(selector, words)
    await this.send('POST', `/element/${element[ELEMENT]}/click`, {})
  }

  async type(selector, text) {
    const element = await this.find(selector)
    await this.send('POST', `/element/${element[ELEMENT]}/value`, { text })
  }

  /** Keys one after another: "a", "Enter", "Control+k". */
  async press(...keys) {
    const actions = keys.flatMap((combination) => {
      const held = combination.length === 1 ? [combination] : combination.split('+')
      const values = held.map((key) => KEYS[key] ?? key)
      return [...values.map((value) => ({ type: 'keyDown', value })), ...values.toReversed().map((value) => ({ type: 'keyUp', value }))]
    })
    await this.send('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] })
  }

  async shot(name) {
    mkdirSync(shots, { recursive: true })
    // The driver waits for the next frame, and a page at rest draws none.
    await this.run(`let n = 0; const id = setInterval(() => { document.body.style.opacity = ++n % 2 ? 0.999 : ''; if (n > 40) { clearInterval(id); document.body.style.opacity = "" } }, 100)`)
    writeFileSync(join(shots, `${name}.png`), Buffer.from(await this.send('GET', '/screenshot'), 'base64'))
  }
}
