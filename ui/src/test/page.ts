// The interface over the fixture, to look at in a browser: npx vite src/test
import '../locale'
import '../app.css'
import { mount } from 'svelte'
import Page from '../Page.svelte'
import { App } from '../state/app.svelte'
import { prefs } from '../state/prefs.svelte'
import { language, setLanguage } from '../text/index.svelte'
import { fixture } from './fixture'

prefs.applyTheme()
setLanguage(language())
const target = document.getElementById('app')
if (target) mount(Page, { target, props: { app: new App(fixture()) } })
