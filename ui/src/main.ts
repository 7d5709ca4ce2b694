import './locale'
import './app.css'
import { mount } from 'svelte'
import Page from './Page.svelte'
import { findHost } from './host'
import { App } from './state/app.svelte'
import { prefs } from './state/prefs.svelte'
import { language, setLanguage } from './text/index.svelte'

prefs.applyTheme()
setLanguage(language())

const target = document.getElementById('app')
if (target) mount(Page, { target, props: { app: new App(await findHost()) } })
