import 'reflect-metadata'
import type { Server } from 'node:http'
import { All, Controller, Get, Module, Post, StreamableFile } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestGate } from 'forebay/http'
import { bytes, scope } from './app.ts'
import type { App } from './app.ts'

/** Decorators are called by hand: the syntax is not erasable. */
export async function buildNest(guard: NestGate, app: App): Promise<Server> {
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
  const nest = await NestFactory.create(Root, { logger: false })
  nest.useGlobalGuards(guard)
  await nest.listen(0, '127.0.0.1')
  return nest.getHttpServer() as Server
}
