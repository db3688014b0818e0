// Command standin is every program of the stand-in image, picked by the name it is called by:
// neo4j-admin, neo4j-server-standin, cypher-shell and keytool.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // file names carry the local zone (neo4j-admin.md §2); the image has no zone files

	"neo4j-backup.test/standin/internal/admin"
	"neo4j-backup.test/standin/internal/grammar"
	"neo4j-backup.test/standin/internal/keytool"
	"neo4j-backup.test/standin/internal/listener"
	"neo4j-backup.test/standin/internal/shell"
)

func main() {
	name := filepath.Base(os.Args[0])
	args := os.Args[1:]
	if name == "standin" && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	switch name {
	case "neo4j-admin", "neo4j-admin-standin":
		os.Exit(neo4jAdmin(args))
	case "cypher-shell", "cypher-shell-standin":
		os.Exit(shell.Run(args, os.Stdin, os.Stdout, os.Stderr))
	case "keytool", "keytool-standin":
		os.Exit(keytool.Run(args, os.Stdout))
	case "neo4j-server-standin":
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		fmt.Fprintf(os.Stderr, "no stand-in is called %s\n", name)
		os.Exit(2)
	}
}

func home() string {
	if dir := os.Getenv("NEO4J_HOME"); dir != "" {
		return dir
	}
	return "/var/lib/neo4j"
}

func neo4jAdmin(args []string) int {
	version, err := grammar.ParseVersion(os.Getenv("NEO4J_STANDIN_VERSION"))
	if err != nil {
		fmt.Fprintf(os.Stderr, "NEO4J_STANDIN_VERSION of the image: %v\n", err)
		return 2
	}
	program := admin.Program{Version: version, Home: home(), Out: os.Stdout, Err: os.Stderr, Now: time.Now}
	return program.Run(context.Background(), args)
}

// serve listens on the ports of a Neo4j server until it is asked to end: 6362 answers backups, 7687
// and 7474 only accept connections.
func serve() error {
	server, err := listener.FromEnvironment()
	if err != nil {
		return err
	}
	locks, err := hold(server)
	if err != nil {
		return err
	}
	defer func() {
		for _, lock := range locks {
			lock.Close()
		}
	}()
	failed := make(chan error, 3)
	for _, port := range []string{"7687", "7474"} {
		l, err := net.Listen("tcp", ":"+port)
		if err != nil {
			return err
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					failed <- err
					return
				}
				c.Close()
			}
		}()
	}
	// STANDIN_BACKUP=off: server.backup.enabled=false (neo4j-admin.md §5).
	if os.Getenv("STANDIN_BACKUP") != "off" {
		l, err := net.Listen("tcp", ":"+listener.Port)
		if err != nil {
			return err
		}
		go func() { failed <- server.Serve(l) }()
	}
	fmt.Println("Started. This is a stand-in, not Neo4j.")
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	select {
	case err := <-failed:
		return err
	case <-end:
		return nil
	}
}

// hold locks each database's folder as a running server does, and adds the databases that a restore
// left there.
func hold(server *listener.Server) ([]*os.File, error) {
	root := filepath.Join(home(), "data", "databases")
	if entries, err := os.ReadDir(root); err == nil {
		for _, entry := range entries {
			known := false
			for _, name := range server.Databases {
				known = known || strings.EqualFold(name, entry.Name())
			}
			if entry.IsDir() && !known {
				server.Databases = append(server.Databases, entry.Name())
			}
		}
	}
	var locks []*os.File
	for _, name := range server.Databases {
		dir := filepath.Join(root, strings.ToLower(name))
		if os.MkdirAll(dir, 0o755) != nil {
			continue // no data volume: there is nothing to protect
		}
		f, err := os.OpenFile(filepath.Join(dir, admin.LockFile), os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			return nil, fmt.Errorf("%s is locked by another server: %w", dir, err)
		}
		locks = append(locks, f)
	}
	return locks, nil
}
