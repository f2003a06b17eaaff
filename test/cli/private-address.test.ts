import { expect, it } from 'vitest'
import { isPrivateUrl } from '../../src/cli/doctor/private-address.js'

it.each([
  'http://127.0.0.1:4000/',
  'http://localhost:4000/',
  'http://api:4000/',
  'http://10.1.2.3/',
  'http://172.31.0.1/',
  'http://192.168.1.9/',
  'http://169.254.169.254/',
  'http://100.64.0.1/',
  'http://[::1]:4000/',
  'http://[fd00::1]/',
  'http://[fe80::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://host.docker.internal:4000/',
])('%s is private', (url) => {
  expect(isPrivateUrl(url)).toBe(true)
})

it.each(['https://app.example.com/', 'http://172.32.0.1/', 'http://8.8.8.8/', 'http://[2001:4860::1]/'])(
  '%s is not',
  (url) => {
    expect(isPrivateUrl(url)).toBe(false)
  },
)
