package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/kardianos/service"
)

// serviceProgram is the daemon as the service library starts and stops it.
// Only Windows needs it: its service manager speaks to the process itself,
// where the others send signals.
type serviceProgram struct {
	run    func(context.Context) error
	failed func(error) // called when run ends without having been stopped

	cancel context.CancelFunc
	ended  chan error
}

// underServiceManager tells whether `nightbell run` was started by a service
// manager that runAsService must answer.
func underServiceManager() bool { return runtime.GOOS == "windows" && !service.Interactive() }

// runAsService runs the daemon until the service manager stops it.
func runAsService(run func(context.Context) error) error {
	p := &serviceProgram{run: run, failed: func(err error) {
		// An exit without a word to the manager is a failure to it, and it starts
		// the service anew.
		fmt.Fprintln(os.Stderr, "nightbell:", err)
		os.Exit(1)
	}}
	s, err := service.New(p, &service.Config{Name: serviceName})
	if err != nil {
		return fmt.Errorf("speak to the service manager: %w", err)
	}
	return s.Run()
}

// Start begins without waiting, as the library asks.
func (p *serviceProgram) Start(service.Service) error {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel, p.ended = cancel, make(chan error, 1)
	go func() {
		err := p.run(ctx)
		stopped := ctx.Err() != nil
		p.ended <- err
		if !stopped {
			p.failed(err)
		}
	}()
	return nil
}

// Stop ends the run and waits for it.
func (p *serviceProgram) Stop(service.Service) error {
	p.cancel()
	return <-p.ended
}
