// Command flux serves source artifacts and runs a kustomize-controller beside them, until its standard input ends:
//
//	flux LISTEN FOLDER CONTROLLER [ARGUMENT ...]
//
// source-controller cannot be built from what is to be had, so whoever starts this writes the artifacts into FOLDER and
// says their addresses, `http://LISTEN/NAME`, in the status of the sources.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: flux LISTEN FOLDER CONTROLLER [ARGUMENT ...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, "flux:", err)
		os.Exit(1)
	}
}

func run(listen, folder, controller string, arguments []string) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	ended := make(chan error, 3)
	go func() { ended <- http.Serve(listener, http.FileServer(http.Dir(folder))) }()

	// The kernel ends a child with the thread that started it, so this one must live as long as the program.
	runtime.LockOSThread()
	child := exec.Command(controller, arguments...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		return err
	}
	go func() { ended <- fmt.Errorf("%s ended: %v", controller, child.Wait()) }()
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		ended <- err
	}()
	err = <-ended
	_ = child.Process.Kill()
	return err
}
