import 'reflect-metadata'
import type { Server } from 'node:http'
import type { INestApplication } from '@nestjs/common'
import { All, Controller, Get, Module, Post, StreamableFile } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { fastifyGate, NestGate } from 'forebay/http'
import { bytes, scope } from './app.ts'
import type { App } from './app.ts'

type FastifyPlugin = ReturnType<typeof fastifyGate>

/** What Nest stands on: a guard is the same on both, and Fastify's plugins are for Fastify. */
export type NestPlatform = 'express' | 'fastify'

/** Decorators are called by hand: the syntax is not erasable. */
export async function buildNest(gate: NestGate | FastifyPlugin, app: App, platform: NestPlatform): Promise<Server> {
  class Routes {
    work(): Promise<string> {
      return app.work()
    }
    scope(): Promise<unknown> {
      return scope()
    }
    stream(): StreamableFile {
      return new StreamableFile(bytes())
    }
    boom(): never {
      throw new Error('boom')
    }
  }
  const route = (name: keyof Routes, decorate: MethodDecorator): void => {
    const { prototype } = Routes
    decorate(prototype, name, Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor)
  }
  Controller()(Routes)
  route('work', All('work'))
  route('scope', Post('scope'))
  route('stream', Get('stream'))
  route('boom', Get('boom'))
  class Root {}
  Module({ controllers: [Routes] })(Root)
  if (platform === 'express') {
    const nest = await NestFactory.create(Root, new ExpressAdapter(), { logger: false })
    nest.useGlobalGuards(gate as NestGate)
    return listening(nest)
  }
  const nest = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), { logger: false })
  if ('canActivate' in gate) nest.useGlobalGuards(gate)
  else await nest.register(gate as Parameters<typeof nest.register>[0])
  return listening(nest)
}

async function listening(nest: INestApplication): Promise<Server> {
  await nest.listen(0, '127.0.0.1')
  return nest.getHttpServer() as Server
}
