// Parses a beacon, hashes its visitor, stores nothing, answers 200.
import { createHash } from 'node:crypto'
import express from 'express'

const app = express()
app.disable('x-powered-by')
app.set('etag', false)
app.use(express.json({ type: ['text/plain', 'application/json'] }))
app.post('/pageview', (request, response) => {
  const address = request.get('x-forwarded-for') ?? request.ip
  const day = new Date().toISOString().slice(0, 10)
  const visitor = createHash('sha256').update(address + request.get('user-agent') + day)
  const event = { ...request.body, visitor: visitor.digest('hex') }
  response.status(event.visitor ? 200 : 500).end()
})
app.listen(Number(process.argv[2]), '127.0.0.1')
