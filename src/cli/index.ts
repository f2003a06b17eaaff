#!/usr/bin/env node
import { main } from './main.js'
import { processHost } from './process-host.js'

process.exitCode = await main(process.argv.slice(2), processHost())
